export { toPng, toSvg } from './figures/render';
export { main } from './program/main';
export type { Streams } from './program/streams';
