import { foldStacks } from '@steadyformer/admin-init';
import {
  type NamedArray,
  type Stack,
  type StateDict,
  SteadyformerError,
  stateDict,
  type TokenEmbedding,
  type Transformer,
} from '@steadyformer/core';
import { columnsOf } from './arrays';
import { checkExportable } from './checkExportable';
import { checkFolded } from './checkFolded';
import type {
  PlainAttention,
  PlainFeedForward,
  PlainLinear,
  PlainStack,
  PlainTransformer,
} from './plainTransformer';

type Read = (path: string) => NamedArray;

/** Arrays by any path of the model: a parameter of several has one entry in the state, under its first. */
const reader = (model: Transformer, state: StateDict): Read => {
  const first = new Map<unknown, string>();
  const paths = new Map<string, string>();
  for (const { path, parameter } of model.occurrences()) {
    if (!first.has(parameter)) first.set(parameter, path);
    paths.set(path, first.get(parameter)!);
  }
  return (path) => state[path] ?? state[paths.get(path)!]!;
};

const linearOf = (read: Read, path: string): PlainLinear => ({
  weight: read(`${path}.weight`),
  bias: read(`${path}.bias`),
});

const part = ({ weight, bias }: PlainLinear, from: number, to: number): PlainLinear => ({
  weight: columnsOf(weight, from, to),
  bias: columnsOf(bias, from, to),
});

const normOf = (read: Read, path: string): PlainAttention['norm'] => ({
  gain: read(`${path}.after.gain`),
  bias: read(`${path}.after.bias`),
});

const selfAttentionOf = (read: Read, path: string, width: number): PlainAttention => {
  const fused = linearOf(read, `${path}.branch.queryKeyValue`);
  return {
    query: part(fused, 0, width),
    key: part(fused, width, 2 * width),
    value: part(fused, 2 * width, 3 * width),
    output: linearOf(read, `${path}.branch.output`),
    norm: normOf(read, path),
  };
};

const crossAttentionOf = (read: Read, path: string, width: number): PlainAttention => {
  const fused = linearOf(read, `${path}.branch.keyValue`);
  return {
    query: linearOf(read, `${path}.branch.query`),
    key: part(fused, 0, width),
    value: part(fused, width, 2 * width),
    output: linearOf(read, `${path}.branch.output`),
    norm: normOf(read, path),
  };
};

const feedForwardOf = (read: Read, path: string): PlainFeedForward => ({
  inner: linearOf(read, `${path}.branch.inner`),
  outer: linearOf(read, `${path}.branch.outer`),
  norm: normOf(read, path),
});

/** The sub-layers' paths, a list a block. */
const blocksOf = (name: string, stack: Stack): readonly (readonly string[])[] =>
  stack.layers.map((layer, b) => Object.keys(layer).map((key) => `${name}.layers.${b}.${key}`));

const scaled = ({ shape, data }: NamedArray, scale: Float32Array | undefined): NamedArray =>
  scale ? { shape, data: data.map((value, i) => value * scale[i % scale.length]!) } : { shape, data };

/** What the table adds to tokens at positions 0 to `length`: [length, D] */
const positionsOf = async (table: TokenEmbedding, length: number, width: number): Promise<NamedArray> => {
  const shape = [length, width];
  if (table.options.positions?.kind === 'none') return { shape, data: new Float32Array(length * width) };
  const vectors = table.positionVectors(0, length);
  try {
    return { shape, data: Float32Array.from(await vectors.data<'float32'>()) };
  } finally {
    vectors.dispose();
  }
};

/** Throws where a weight is NaN or infinite: another program would say nonsense, and not say why. */
const checkFinite = (state: StateDict): void => {
  for (const [path, { data }] of Object.entries(state)) {
    const odd = data.find((value) => !Number.isFinite(value));
    if (odd === undefined) continue;
    throw new SteadyformerError(
      `cannot export parameter '${path}': it holds ${odd}. Export a checkpoint from before training diverged.`,
    );
  }
};

/**
 * A model as the plain Post-LN Transformer of the same function, its shortcut scales folded away. The model is left as
 * it is.
 *
 * @param maxLength tokens of the longest sentence, of a model without learned positions
 * @throws SteadyformerError on what a plain Post-LN Transformer cannot hold, naming the sub-layer or option, and where
 *   the folded model differs by more than rounding
 */
export const readPlain = async (model: Transformer, maxLength: number): Promise<PlainTransformer> => {
  const activation = checkExportable(model);
  const { width, heads, feedForward, positions, tiedEmbeddings } = model.config;
  checkFinite(await stateDict(model));
  const { state, inputScales } = await foldStacks(model);
  const read = reader(model, state);
  const length = positions.kind === 'learned' ? positions.length : maxLength;
  const stackOf = async <Layer>(
    name: 'encoder' | 'decoder',
    embedding: 'sourceEmbedding' | 'targetEmbedding',
    layerOf: (paths: readonly string[]) => Layer,
  ): Promise<PlainStack<Layer>> => ({
    // What enters a folded stack is multiplied by its first omega (Liu et al. 2020, appendix C).
    table: scaled(read(`${embedding}.table`), inputScales[name]),
    positions: scaled(await positionsOf(model[embedding], length, width), inputScales[name]),
    layers: blocksOf(name, model[name]).map(layerOf),
  });
  const plain: PlainTransformer = {
    ...{ width, heads, feedForward, activation },
    encoder: await stackOf('encoder', 'sourceEmbedding', ([self, inner]) => ({
      selfAttention: selfAttentionOf(read, self!, width),
      feedForward: feedForwardOf(read, inner!),
    })),
    decoder: await stackOf('decoder', 'targetEmbedding', ([self, cross, inner]) => ({
      selfAttention: selfAttentionOf(read, self!, width),
      crossAttention: crossAttentionOf(read, cross!, width),
      feedForward: feedForwardOf(read, inner!),
    })),
    output: read('outputEmbedding.table'),
    tied: inputScales.decoder
      ? false
      : tiedEmbeddings === true && inputScales.encoder
        ? 'decoder'
        : tiedEmbeddings,
  };
  if (Object.keys(inputScales).length > 0) await checkFolded(model, plain);
  return plain;
};
