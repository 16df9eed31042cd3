import { type NamedArray, type SafetensorsFile, SteadyformerError } from '@steadyformer/core';
import { CheckpointTensors, marianPositions, transposed } from '@steadyformer/core/pretrained';
import type {
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainNorm,
  PlainStack,
  PlainTransformer,
} from '../plain/plainTransformer';
import {
  CROSS,
  INNER,
  LAST_NORM,
  layerOf,
  OUTER,
  OUTPUT_BIAS,
  OUTPUT_TABLE,
  PROJECTIONS,
  positionsOf,
  SELF,
  SHARED_TABLE,
  tableOf,
} from './names';
import type { MarianSizes } from './readConfig';

const FILE = 'model.safetensors';

const linear = (from: CheckpointTensors, path: string, inputs: number, outputs: number): PlainLinear => ({
  weight: transposed(from.read(`${path}.weight`, outputs, inputs)),
  bias: from.read(`${path}.bias`, outputs),
});

const norm = (from: CheckpointTensors, path: string, width: number): PlainNorm => ({
  gain: from.read(`${path}.weight`, width),
  bias: from.read(`${path}.bias`, width),
});

const attention = (
  from: CheckpointTensors,
  layer: string,
  names: typeof SELF | typeof CROSS,
  width: number,
): PlainAttention => {
  const map = (role: keyof typeof PROJECTIONS): PlainLinear =>
    linear(from, `${layer}.${names.maps}.${PROJECTIONS[role]}`, width, width);
  return {
    query: map('query'),
    key: map('key'),
    value: map('value'),
    output: map('output'),
    norm: norm(from, `${layer}.${names.norm}`, width),
  };
};

const feedForwardOf = (
  from: CheckpointTensors,
  layer: string,
  { width, feedForward }: MarianSizes,
): PlainFeedForward => ({
  inner: linear(from, `${layer}.${INNER}`, width, feedForward),
  outer: linear(from, `${layer}.${OUTER}`, feedForward, width),
  norm: norm(from, `${layer}.${LAST_NORM}`, width),
});

/** The tables of source and target input and of the output, however many the file holds. */
const tables = (
  from: CheckpointTensors,
  { sharedTables, tiedOutput, sourceVocabulary, vocabulary, width }: MarianSizes,
): { readonly source: NamedArray; readonly target: NamedArray; readonly output: NamedArray } => {
  if (sharedTables) {
    // A file may hold one table under several names.
    const names = [SHARED_TABLE, tableOf('encoder'), tableOf('decoder'), OUTPUT_TABLE];
    const [first = SHARED_TABLE, ...more] = names.filter((name) => from.has(name));
    const shared = from.read(first, sourceVocabulary, width);
    for (const name of more) from.read(name, sourceVocabulary, width);
    return { source: shared, target: shared, output: shared };
  }
  const target = from.read(tableOf('decoder'), vocabulary, width);
  const output = !tiedOutput || from.has(OUTPUT_TABLE) ? from.read(OUTPUT_TABLE, vocabulary, width) : target;
  return {
    source: from.read(tableOf('encoder'), sourceVocabulary, width),
    target,
    output: tiedOutput ? target : output,
  };
};

const checkOutputBias = (from: CheckpointTensors, vocabulary: number): void => {
  if (!from.has(OUTPUT_BIAS)) return;
  const { data } = from.read(OUTPUT_BIAS, 1, vocabulary);
  const odd = data.findIndex((value) => value !== 0);
  if (odd < 0) return;
  throw new SteadyformerError(
    `${FILE}: '${OUTPUT_BIAS}' is not zero (${data[odd]} for token ${odd}), and our output projection has no bias`,
  );
};

/** The model that a Marian folder's tensors are. @throws SteadyformerError on what is missing, of another shape, or left over */
export const readMarianTensors = (
  tensors: SafetensorsFile['tensors'],
  sizes: MarianSizes,
): PlainTransformer => {
  const from = new CheckpointTensors(tensors);
  const { width, heads, feedForward, activation, length, depth, vocabulary, tiedOutput, sharedTables } =
    sizes;
  const { source, target, output } = tables(from, sizes);
  checkOutputBias(from, vocabulary);
  const stackOf = <Layer>(
    name: 'encoder' | 'decoder',
    table: NamedArray,
    layer: (path: string) => Layer,
  ): PlainStack<Layer> => ({
    table,
    positions: from.has(positionsOf(name))
      ? from.read(positionsOf(name), length, width)
      : marianPositions(length, width),
    layers: Array.from({ length: depth[name] }, (_, i) => layer(layerOf(name, i))),
  });
  const plain: PlainTransformer = {
    ...{ width, heads, feedForward, activation },
    encoder: stackOf('encoder', source, (path) => ({
      selfAttention: attention(from, path, SELF, width),
      feedForward: feedForwardOf(from, path, sizes),
    })),
    decoder: stackOf('decoder', target, (path) => ({
      selfAttention: attention(from, path, SELF, width),
      crossAttention: attention(from, path, CROSS, width),
      feedForward: feedForwardOf(from, path, sizes),
    })),
    output,
    tied: sharedTables || (tiedOutput && 'decoder'),
  };
  from.checkAllAsked('Marian');
  return plain;
};
