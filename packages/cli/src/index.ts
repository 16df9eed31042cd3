export type { Streams } from './program';
export { main } from './program';
export { toPng, toSvg } from './render';
