import * as tf from '@tensorflow/tfjs';
import { checkOptions } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { MASKED } from '../ops/attention';
import type { RandomStream } from '../random/random';
import { type MethodFactory, methodFrom } from '../residual/methods';
import type { Place, StackName } from '../residual/place';
import type { ResidualMethod } from '../residual/residual';
import { Stack } from '../residual/stack';
import { type BranchFactory, blockFrom, type SubLayerConfig } from './blockConfig';
import type { BlockOptions } from './blocks';
import type { SharedConfig, StackConfig } from './modelConfig';

export interface FromConfigOptions {
  /** Seed of the initial weights. Default 1. */
  readonly seed?: number;
  /** The user's own residual methods, by the name the config uses. */
  readonly methods?: Readonly<Record<string, MethodFactory>>;
  /** The user's own branches, by the name the config's blocks use. */
  readonly modules?: Readonly<Record<string, BranchFactory>>;
}

/** The own methods of options, for the constructor that goes through the config. */
export const ownMethods = (methods: readonly ResidualMethod[]): Record<string, MethodFactory> =>
  Object.fromEntries(methods.map((method) => [method.name, () => method]));

/** Throws unless the second argument of a model's constructor is what it may be. */
export const checkOwn = (own: FromConfigOptions): void =>
  checkOptions(own, ['seed', 'methods', 'modules'], 'fromConfig()');

interface Build {
  readonly shared: SharedConfig;
  readonly depths: Place['depths'];
  readonly random: RandomStream;
  readonly own: FromConfigOptions;
}

const blockOptions = (config: SharedConfig): BlockOptions => ({
  width: config.width,
  heads: config.heads,
  keyValueHeads: config.keyValueHeads,
  feedForward: config.feedForward,
  activation: config.activation,
  attentionDropout: config.dropout.attention,
  activationDropout: config.dropout.activation,
  positions: config.attentionPositions,
});

/** The stack `name` of a model, its weights from the child stream of that name. */
export const buildStack = (
  name: StackName,
  config: StackConfig,
  usual: readonly string[],
  { shared, depths, random, own }: Build,
): Stack => {
  const entries: readonly SubLayerConfig[] = config.block ?? usual.map((entry) => ({ name: entry }));
  return new Stack(
    {
      name,
      width: shared.width,
      depth: config.depth,
      depths,
      block: blockFrom(entries, name, blockOptions(shared), own.modules ?? {}),
      method: methodFrom(config.method, own.methods),
      dropout: shared.dropout.residual,
      stochasticDepth: config.stochasticDepth,
    },
    random.fork(name),
  );
};

/** The embedding of the ids that enter a stack, with the gain its method asks for. */
export const buildEmbedding = (
  vocabulary: number,
  stack: StackName,
  config: StackConfig,
  { shared, depths, random, own }: Build,
): TokenEmbedding => {
  const { width, padId, positions, dropout } = shared;
  const gain = methodFrom(config.method, own.methods).embeddingGain?.({ stack, depths }) ?? 1;
  return new TokenEmbedding({ vocabulary, width, padId, positions, dropout: dropout.residual, gain }, random);
};

/** 0 at real tokens, very negative at pads: [B, 1, 1, S]. */
export const padMask = (ids: tf.Tensor2D, padId: number): tf.Tensor4D => {
  checkIds('ids', ids);
  return tf.tidy(() => {
    const pads = tf.cast(tf.equal(ids, padId), 'float32');
    return tf.reshape(tf.mul(pads, MASKED), [ids.shape[0], 1, 1, ids.shape[1]]);
  });
};

/** 1 at real tokens, 0 at pads: [B, T] float32. */
export const realTokens = (ids: tf.Tensor2D, padId: number): tf.Tensor2D => {
  checkIds('ids', ids);
  return tf.tidy(() => tf.cast(tf.notEqual<tf.Tensor2D>(ids, padId), 'float32'));
};
