import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maxError, noise, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { SteadyformerError } from '../checks/errors';
import { addLayerNorm } from '../ops/addLayerNorm';
import { attention, MASKED } from '../ops/attention';
import { dropout } from '../ops/dropout';
import { embedding } from '../ops/embedding';
import { layerNorm } from '../ops/layerNorm';
import { linear } from '../ops/linear';
import { masked } from '../ops/masked';
import { rmsNorm } from '../ops/rmsNorm';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { randomStream } from '../random/random';
import { KERNEL_GROUPS } from './contract';
import { type Activation, type FusedKernelName, hasKernel } from './kernels';

// Every op twice on the cpu backend: composed of tfjs ops, and through kernels of the contract.

let undo = (): void => {};
beforeAll(() => tf.setBackend('cpu'));
afterEach(() => {
  undo();
  undo = () => {};
});

const random = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(noise(tf.util.sizeFromShape(shape), seed), shape);

interface Case {
  readonly inputs: number[][];
  readonly op: (...xs: tf.Tensor[]) => tf.Tensor;
  readonly kernels: FusedKernelName[];
}

const norm = (gain: tf.Tensor | undefined, bias: tf.Tensor | undefined) => ({
  gain: gain as tf.Tensor1D,
  bias: bias as tf.Tensor1D,
  epsilon: 1e-5,
});
const LINEAR: FusedKernelName[] = ['SteadyLinear', 'SteadyLinearGrad'];
const linearCase = (activation: Activation, biased: boolean): Case => ({
  inputs: biased
    ? [[2, 3, 4], [4, 5], [5]]
    : [
        [2, 3, 4],
        [4, 5],
      ],
  op: (x, w, b) => linear(x!, w as tf.Tensor2D, { activation, ...(b ? { bias: b as tf.Tensor1D } : {}) }),
  kernels: LINEAR,
});
const { key } = randomStream(2);
const attrs = { heads: 4, keyValueHeads: 2, scale: 0.5, causal: true, dropoutRate: 0.3, dropoutKey: key };
const maskOf = (queries: number): tf.Tensor4D =>
  tf.tensor4d(
    noise(2 * queries * 5, 3).map((x, at) => (at % 5 === 4 ? MASKED : x)),
    [2, 1, queries, 5],
  );
const ATTENTION: FusedKernelName[] = ['SteadyAttention', 'SteadyAttentionGrad'];
const JOIN: FusedKernelName[] = ['SteadyAddLayerNorm', 'SteadyAddLayerNormGrad'];
const join = (skip?: tf.Tensor, branch?: tf.Tensor, gain?: tf.Tensor, bias?: tf.Tensor, omega?: tf.Tensor) =>
  addLayerNorm(
    skip as tf.Tensor3D,
    branch as tf.Tensor3D,
    omega as tf.Tensor1D | undefined,
    norm(gain, bias),
  );

const cases: Record<string, Case> = {
  linear: linearCase('none', true),
  'linear without bias': linearCase('none', false),
  'linear with relu': linearCase('relu', true),
  'linear with gelu, without bias': linearCase('gelu', false),
  layerNorm: {
    inputs: [[2, 3, 4], [4], [4]],
    op: (x, gain, bias) => layerNorm(x!, norm(gain, bias)),
    kernels: ['SteadyLayerNorm', 'SteadyLayerNormGrad'],
  },
  addLayerNorm: { inputs: [[2, 3, 4], [2, 3, 4], [4], [4]], op: join, kernels: JOIN },
  'addLayerNorm with omega': { inputs: [[2, 3, 4], [2, 3, 4], [4], [4], [4]], op: join, kernels: JOIN },
  rmsNorm: {
    inputs: [[2, 3, 4], [4]],
    op: (x, gain) => rmsNorm(x!, gain as tf.Tensor1D, 1e-6),
    kernels: ['SteadyRmsNorm', 'SteadyRmsNormGrad'],
  },
  'attention, packed': {
    inputs: [[2, 5, 8 * 3]],
    op: (query) => attention({ query: query as tf.Tensor3D, mask: maskOf(1) }, attrs),
    kernels: ATTENTION,
  },
  'attention to a memory': {
    inputs: [
      [2, 3, 4 * 3],
      [2, 5, 4 * 3],
    ],
    op: (query, keyValue) =>
      attention(
        { query: query as tf.Tensor3D, keyValue: keyValue as tf.Tensor3D, mask: maskOf(3) },
        { ...attrs, causal: false },
      ),
    kernels: ATTENTION,
  },
  softmaxCrossEntropy: {
    inputs: [[3, 4]],
    op: (x) => softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d([0, 3, 3], 'int32'), 0.1).loss,
    kernels: ['SteadySoftmaxCrossEntropy', 'SteadySoftmaxCrossEntropyGrad'],
  },
  embedding: {
    inputs: [[5, 3]],
    op: (table) => embedding(tf.tensor2d([0, 2, 2, 4], [2, 2], 'int32'), table as tf.Tensor2D),
    kernels: ['SteadyEmbeddingGrad'],
  },
  dropout: { inputs: [[3, 5]], op: (x) => dropout(x!, 0.4, key), kernels: ['SteadyDropout'] },
};

/** Value and gradients, as numbers. */
const evaluate = ({ inputs, op }: Case): number[][] =>
  tf.tidy(() => {
    const tensors = inputs.map((shape, i) => random(shape, i + 1));
    const y = op(...tensors);
    const weights = random(y.shape, 9);
    const gradients = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(op(...xs), weights)))(tensors);
    return [y, ...gradients].map(read);
  });

describe.each(Object.entries(cases))('%s', (_name, item) => {
  it('gives the same numbers composed and through kernels', () => {
    const composed = evaluate(item);
    const called: string[] = [];
    undo = registerReferenceKernels((name) => called.push(name));
    const fused = evaluate(item);
    expect([...new Set(called)].sort()).toEqual([...item.kernels].sort());
    for (const [i, numbers] of fused.entries()) expect(maxError(numbers, composed[i]!)).toBeLessThan(1e-5);
  });

  it.runIf(item.kernels.length > 1)('refuses one kernel without the other, before anything is made', () => {
    for (const kernel of item.kernels) {
      const [missing] = item.kernels.filter((each) => each !== kernel);
      undo = registerReferenceKernels(() => {}, [kernel]);
      const tensors = tf.memory().numTensors;
      expect(() => evaluate(item)).toThrow(
        new SteadyformerError(
          `backend 'cpu' registers ${kernel} without ${missing}: ` +
            `register all of ${item.kernels.join(', ')}, or none.`,
        ),
      );
      expect(tf.memory().numTensors).toBe(tensors);
      undo();
    }
  });

  it('goes on with the kernels it began with: a gradient never meets what another form has saved', () => {
    const [first = []] = item.inputs;
    const given = item.inputs.map((shape, i) => random(shape, i + 1));
    undo = registerReferenceKernels();
    // The kernels go between the passes, as they do where the backend is changed there.
    const taken = (): unknown =>
      tf.tidy(() =>
        tf.grad((x) => {
          const y = tf.sum(item.op(x, ...given.slice(1)));
          undo();
          return y;
        })(random(first, 1)),
      );
    expect(taken).toThrow(/not registered for backend 'cpu'/);
    tf.dispose(given);
  });
});

describe('what is switched off', () => {
  const [NAN, INFINITY] = [Number.NaN, Number.POSITIVE_INFINITY];
  const switchedOff = (): number[][] =>
    tf.tidy(() => {
      const logits = tf.tensor2d([-INFINITY, 1, 2, NAN, NAN, 0], [2, 3]);
      const { value, grad } = tf.valueAndGrad((x) => {
        const { loss } = softmaxCrossEntropy(x as tf.Tensor2D, tf.tensor1d([2, 0], 'int32'), 0);
        return tf.sum(masked(loss, tf.tensor1d([1, 0])));
      })(logits);
      return [value, grad, dropout(tf.fill([8], INFINITY), 0.4, key)].map(read);
    });

  it('does not reach a result, composed or through kernels', () => {
    const composed = switchedOff();
    undo = registerReferenceKernels();
    const fused = switchedOff();
    expect(composed.flat()).not.toContain(NAN);
    expect(composed[2]).toContain(0);
    for (const [i, numbers] of fused.entries()) {
      expect(numbers.map((x) => (x === INFINITY ? 1e9 : x))).toEqual(
        composed[i]!.map((x) => (x === INFINITY ? 1e9 : expect.closeTo(x, 6))),
      );
    }
  });
});

describe('hasKernel', () => {
  it('knows the active backend', () => {
    expect(hasKernel('SteadyLinear')).toBe(false);
    undo = registerReferenceKernels(() => {}, LINEAR);
    expect(hasKernel('SteadyLinear')).toBe(true);
    expect(hasKernel('SteadyLinearGrad')).toBe(true);
    expect(hasKernel('SteadyLayerNorm')).toBe(false);
  });

  it('refuses some of what comes together, whichever of it is asked for, and takes it once it is whole', () => {
    const inPlace: FusedKernelName[] = ['SteadyView', 'SteadyCopy', 'SteadyAdamStep'];
    const [view, copy, step] = inPlace as [FusedKernelName, FusedKernelName, FusedKernelName];
    const undoStep = registerReferenceKernels(() => {}, [step]);
    for (const name of inPlace) {
      expect(() => hasKernel(name)).toThrow(
        "backend 'cpu' registers SteadyAdamStep without SteadyView, SteadyCopy: " +
          'register all of SteadyView, SteadyCopy, SteadyAdamStep, or none.',
      );
    }
    undo = registerReferenceKernels(() => {}, [view, copy]);
    expect(inPlace.map(hasKernel)).toEqual([true, true, true]);
    undoStep();
  });
});

describe('the groups of kernels', () => {
  it('hold every kernel of the contract once', () => {
    const names = KERNEL_GROUPS.flat();
    expect(new Set(names).size).toBe(names.length);
    // Every name that the reference implements, which its types hold against the contract.
    undo = registerReferenceKernels();
    const registered = tf.getKernelsForBackend('cpu').filter(({ kernelName }) => /^Steady/.test(kernelName));
    expect(registered.map(({ kernelName }) => kernelName).sort()).toEqual([...names].sort());
  });
});
