/**
 * Checkpoints of Hugging Face's transformers as models of our stacks.
 *
 * @packageDocumentation
 */

export { sideBySide, transposed } from '../state/arrays';
export { fromPretrained, isPretrainedConfig } from './fromPretrained';
export type { InputEmbedding, InputEmbeddingOptions } from './inputEmbedding';
export { marianPositions } from './marianPositions';
export type { PretrainedBatch, PretrainedConfig, PretrainedKind, TypedIds } from './model';
export { PretrainedModel } from './model';
export type { OutputHead, OutputHeadOptions } from './outputHead';
export type { PretrainedSource } from './source';
export { decodePretrained } from './source';
export { CheckpointTensors } from './tensors';
