/**
 * The one command of Steadyformer, and what draws its figures.
 *
 * Shapes in comments: `B` sentences of a batch, `T` tokens of a sentence, `D` features of the stream, `V` tokens of a
 * vocabulary.
 *
 * @packageDocumentation
 */

export type { Overrides } from './config/loadConfig';
export { loadConfig } from './config/loadConfig';
export { toPng, toSvg } from './figures/render';
export { main } from './main/main';
export type { Streams } from './program/streams';
