import * as tf from '@tensorflow/tfjs';
import { FeedForward, type FeedForwardActivation } from '../layers/feedForward';
import { swish } from '../ops/gated';
import { gelu } from '../ops/gelu';
import { byRows } from '../ops/products';
import type { SubLayerSpec } from '../residual/branch';
import { exactGelu } from './exactGelu';
import { MappedFeedForward } from './mappedFeedForward';

/** Core's activations by the names that transformers gives them; those that core has not are functions. */
const ACTIVATIONS: Readonly<Record<string, FeedForwardActivation | 'exactGelu'>> = {
  relu: 'relu',
  silu: 'swish',
  swish: 'swish',
  gelu: 'exactGelu',
  gelu_python: 'exactGelu',
  gelu_new: 'gelu',
  gelu_fast: 'gelu',
  gelu_pytorch_tanh: 'gelu',
};

/** The names that are read. */
export const ACTIVATION_NAMES: readonly string[] = Object.keys(ACTIVATIONS);

const POINTWISE: Readonly<Record<string, (x: tf.Tensor3D) => tf.Tensor3D>> = {
  relu: (x) => tf.relu(x),
  swish,
  gelu: (x) => byRows(x, gelu),
  exactGelu,
};

/** The function of that name. */
export const pointwise = (name: string): ((x: tf.Tensor3D) => tf.Tensor3D) => POINTWISE[ACTIVATIONS[name]!]!;

/** A feed-forward sub-layer of that activation, core's own where core has it. */
export const feedForward = (width: number, hidden: number, name: string): SubLayerSpec => ({
  name: 'feedForward',
  branch: ({ random }) => {
    const activation = ACTIVATIONS[name]!;
    return activation === 'exactGelu'
      ? new MappedFeedForward({ width, hidden, activation: exactGelu, bias: true }, random)
      : new FeedForward({ width, hidden, activation }, random);
  },
});
