import * as tf from '@tensorflow/tfjs';
import { statedBy, UNSTATED } from '../backend/capabilities';
import { REFERENCE_BACKEND } from '../backend/contract';
import { checkFlag, checkOptions } from '../checks/errors';
import { addLayerNorm } from '../ops/addLayerNorm';
import { attention, MASKED } from '../ops/attention';
import { dropout } from '../ops/dropout';
import { embedding } from '../ops/embedding';
import { gated, swish } from '../ops/gated';
import { layerNorm } from '../ops/layerNorm';
import { linear } from '../ops/linear';
import { masked } from '../ops/masked';
import { relativeBias } from '../ops/relativeBias';
import { rmsNorm } from '../ops/rmsNorm';
import { rotary } from '../ops/rotary';
import { scaleNorm } from '../ops/scaleNorm';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { unembed } from '../ops/unembed';
import { randomStream } from '../random/random';
import { gradientsOf } from './gradients';
import { checkRegistered } from './kernelCases';
import { assertNoLeak } from './leaks';
import { checkClose, noise, type Plain, type Plains, plainOf, reals } from './numbers';
import { tensorsOf, withBackend } from './onBackend';
import type { NamedCase } from './spec';

/** An op of core's: what it makes of inputs that have gradients. */
interface OpSpec {
  readonly inputs: readonly Plain[];
  readonly op: (...inputs: tf.Tensor[]) => tf.Tensor;
}

const [B, T, D] = [2, 3, 4];
const { key } = randomStream(3);
const stream = (seed: number): Plain => reals([B, T, D], seed);
const vector = (seed: number): Plain => reals([D], seed);
const norm = (gain?: tf.Tensor, bias?: tf.Tensor) => ({
  gain: gain as tf.Tensor1D,
  bias: bias as tf.Tensor1D,
  epsilon: 1e-5,
});
const join = (...[shortcut, branch, gain, bias, omega]: tf.Tensor[]): tf.Tensor =>
  addLayerNorm(
    shortcut as tf.Tensor3D,
    branch as tf.Tensor3D,
    omega as tf.Tensor1D | undefined,
    norm(gain, bias),
  );
const heads = { heads: 2, keyValueHeads: 2, scale: 0.5, causal: false, dropoutRate: 0, dropoutKey: key };
const packed = reals([B, T, 2 * 3 * D], 1);
const pads = (): tf.Tensor4D => tf.tensor4d([0, 0, 0, 0, 0, MASKED], [B, 1, 1, T]);

/** Every op that layers are made of, with its options. */
const OPS: Readonly<Record<string, OpSpec>> = {
  ...Object.fromEntries(
    (['none', 'relu', 'gelu'] as const).flatMap((activation) => [
      [
        `linear, ${activation}`,
        {
          inputs: [stream(1), reals([D, 5], 2), reals([5], 3)],
          op: (x, w, b) => linear(x!, w as tf.Tensor2D, { bias: b as tf.Tensor1D, activation }),
        } satisfies OpSpec,
      ],
    ]),
  ),
  unembed: { inputs: [stream(1), reals([7, D], 2)], op: (x, table) => unembed(x!, table as tf.Tensor2D) },
  embedding: {
    inputs: [reals([5, 3], 1)],
    op: (table) => embedding(tf.tensor2d([0, 2, 2, 4], [2, 2], 'int32'), table as tf.Tensor2D),
  },
  layerNorm: {
    inputs: [stream(1), vector(2), vector(3)],
    op: (x, gain, bias) => layerNorm(x!, norm(gain, bias)),
  },
  rmsNorm: { inputs: [stream(1), vector(2)], op: (x, gain) => rmsNorm(x!, gain as tf.Tensor1D, 1e-5) },
  scaleNorm: {
    inputs: [stream(1), reals([1], 2)],
    op: (x, gain) => scaleNorm(x!, gain as tf.Tensor1D, 1e-5),
  },
  addLayerNorm: { inputs: [stream(1), stream(2), vector(3), vector(4)], op: join },
  'addLayerNorm with omega': {
    inputs: [stream(1), stream(2), vector(3), vector(4), vector(5)],
    op: join,
  },
  ...Object.fromEntries(
    (['sigmoid', 'relu', 'gelu', 'swish'] as const).map((gate) => [
      `gated, ${gate}`,
      { inputs: [reals([B, T, 2 * D], 1)], op: (x) => gated(x!, gate) } satisfies OpSpec,
    ]),
  ),
  swish: { inputs: [stream(1)], op: (x) => swish(x!) },
  'attention, packed': {
    inputs: [packed],
    op: (query) => attention({ query: query as tf.Tensor3D }, heads),
  },
  'attention, causal, pads masked, dropout': {
    inputs: [packed],
    op: (query) =>
      attention({ query: query as tf.Tensor3D, mask: pads() }, { ...heads, causal: true, dropoutRate: 0.3 }),
  },
  'attention to a memory, grouped': {
    inputs: [reals([B, 2, 2 * D], 1), reals([B, T, 2 * D], 2)],
    op: (query, keyValue) =>
      attention(
        { query: query as tf.Tensor3D, keyValue: keyValue as tf.Tensor3D },
        { ...heads, keyValueHeads: 1 },
      ),
  },
  'attention with a bias': {
    inputs: [packed, reals([1, 2, T, T], 2)],
    op: (query, bias) => attention({ query: query as tf.Tensor3D, bias: bias as tf.Tensor4D }, heads),
  },
  rotary: { inputs: [stream(1)], op: (x) => rotary(x as tf.Tensor3D, 2, 3) },
  relativeBias: {
    inputs: [reals([8, 2], 1)],
    op: (table) => relativeBias(table as tf.Tensor2D, 2, T, { buckets: 8, maxDistance: 6, causal: false }),
  },
  dropout: { inputs: [stream(1)], op: (x) => dropout(x!, 0.4, key) },
  ...Object.fromEntries(
    [0, 0.1].map((smoothing) => [
      `softmaxCrossEntropy, smoothing ${smoothing}`,
      {
        inputs: [reals([3, 5], 1, 3)],
        op: (x) => {
          const { loss } = softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d([0, 4, 4], 'int32'), smoothing);
          return masked(loss, tf.tensor1d([1, 0, 1]));
        },
      } satisfies OpSpec,
    ]),
  ),
};

/** The op's value and gradients on the active backend, as numbers by name. */
const evaluate = async ({ inputs, op }: OpSpec): Promise<Plains> => {
  const tensors = Object.values(
    tensorsOf(Object.fromEntries(inputs.map((plain, i) => [`input ${i}`, plain]))),
  );
  const tidied = (...xs: tf.Tensor[]): tf.Tensor => tf.tidy(() => op(...xs));
  const made = [...tensors];
  try {
    const y = tidied(...tensors);
    const weights = tf.tensor(noise(y.size, 99), y.shape);
    made.push(y, weights);
    assertNoLeak(() => tidied(...tensors));
    assertNoLeak(() => gradientsOf(tidied, tensors, weights));
    const gradients = gradientsOf(tidied, tensors, weights);
    made.push(...gradients);
    const named = [y, ...gradients].map(
      async (tensor, i) => [i === 0 ? 'value' : `gradient of input ${i - 1}`, await plainOf(tensor)] as const,
    );
    return Object.fromEntries(await Promise.all(named));
  } finally {
    tf.dispose(made);
  }
};

/** Throws where the active backend states what is no capability. */
const checkStatement = (backend: string): void => {
  const stated = statedBy(tf.backend());
  if (stated === undefined) return;
  const where = `steadyCapabilities of the backend '${backend}'`;
  checkOptions(stated, Object.keys(UNSTATED), where);
  for (const [name, value] of Object.entries(stated)) checkFlag(`${where}: ${name}`, value);
};

/**
 * Core's ops on a backend, as named cases for any test runner: the value and the gradients of every op that layers are
 * made of against tfjs's cpu backend, and no tensor left behind; and that what it states of itself is what core asks. It is what a backend has to pass for models of core's to
 * train on it, whether it offers fused kernels (`kernelCases` checks those one by one) or core composes all of them of
 * its plain ops. `within` is the allowed error, of the largest number expected: 1e-4, or more for a device with
 * functions of its own.
 *
 * @throws SteadyformerError on a backend that is not registered
 */
export const opCases = (backend: string, within = 1e-4): readonly NamedCase[] => {
  checkRegistered('opCases()', backend);
  const statement: NamedCase = {
    name: 'steadyCapabilities',
    run: () => withBackend(backend, async () => checkStatement(backend)),
  };
  const ops = Object.entries(OPS).map(([name, spec]) => ({
    name,
    run: async () => {
      const expected = await withBackend(REFERENCE_BACKEND, () => evaluate(spec));
      const received = await withBackend(backend, () => evaluate(spec));
      for (const [what, numbers] of Object.entries(received)) {
        checkClose(`${name}: ${what}`, numbers, expected[what]!, within);
      }
    },
  }));
  return [statement, ...ops];
};
