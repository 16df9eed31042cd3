import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxError, noise, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { runKernel } from '../backend/kernels';
import { matrixParameter, type NamedParameter, vectorParameter } from '../state/module';
import { adam } from './adam';
import { Optimizer } from './optimizer';
import { ParameterViews } from './parameterViews';
import { radam } from './radam';
import type { UpdateRule } from './rule';
import { sgd } from './sgd';

// The in-place path of the optimizer, by kernels of the contract on the cpu backend.

let undo = (): void => {};
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  undo = registerReferenceKernels();
});
afterEach(() => undo());

const parameters = (): NamedParameter[] => [
  { path: 'weight', parameter: matrixParameter(Float32Array.from(noise(6, 1)), 2, 3) },
  { path: 'bias', parameter: vectorParameter(Float32Array.from(noise(2, 2))) },
];
const values = (named: readonly NamedParameter[]): number[] =>
  named.flatMap(({ parameter }) => read(parameter.value));

const train = (rule: UpdateRule): number[] => {
  const named = parameters();
  const before = tf.memory().numTensors;
  const optimizer = new Optimizer(named, rule);
  for (let step = 0; step < 10; step++) {
    const gradient = tf.tensor1d(noise(8, 10 + step));
    optimizer.step(gradient, 0.01, 0.5);
    gradient.dispose();
  }
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  const after = values(named);
  for (const { parameter } of named) parameter.dispose();
  return after;
};

describe('the optimizer in place', () => {
  it('that cannot be made leaves the parameters in memory of their own, and no tensor', () => {
    const named = parameters();
    const [before, tensors] = [values(named), tf.memory().numTensors];
    undo();
    let views = 0;
    undo = registerReferenceKernels((name) => {
      if (name === 'SteadyView' && ++views === 2) throw new Error('no more views');
    });
    const [m, v, frozen] = [new Float32Array(8), new Float32Array(8), new Float32Array(0)];
    const memory = { parameters: new Float32Array(8), m, v, frozen };
    expect(() => new Optimizer(named, adam(), { memory })).toThrow('no more views');
    expect(views).toBe(2);
    expect(tf.memory().numTensors).toBe(tensors);
    memory.parameters.fill(9);
    expect(values(named)).toEqual(before);
    for (const { parameter } of named) parameter.dispose();
  });

  it.each([adam({ weightDecay: 0.1 }), radam(), sgd({ momentum: 0.9 })])(
    'equals the composed one: $name',
    (rule) => {
      const inPlace = train(rule);
      undo();
      expect(maxError(inPlace, train(rule))).toBeLessThan(1e-6);
      undo = registerReferenceKernels();
      expect(maxError(inPlace, values(parameters()))).toBeGreaterThan(1e-3);
    },
  );
});

/** Numbers written into a tensor's memory. */
const write = (destination: tf.Tensor, data: number[]): void =>
  tf.tidy(() => {
    runKernel('SteadyCopy', { destination, source: tf.tensor1d(data) }, {});
  });

describe('ParameterViews', () => {
  it('lays variables end to end: writing to the buffer changes them', () => {
    const named = parameters();
    const before = values(named);
    const views = new ParameterViews(named);
    expect(values(named)).toEqual(before);
    const flat = views.attached();
    expect(read(flat)).toEqual(before);
    write(flat, new Array(8).fill(7));
    expect(values(named)).toEqual(new Array(8).fill(7));
    views.dispose();
  });

  it('takes in what was assigned in between, and attaches the variable again', () => {
    const named = parameters();
    const views = new ParameterViews(named);
    const fresh = tf.tensor1d([5, 6]);
    named[1]!.parameter.assign(fresh);
    const flat = views.attached();
    expect(read(flat).slice(6)).toEqual([5, 6]);
    write(flat, new Array(8).fill(1));
    expect(read(named[1]!.parameter.value)).toEqual([1, 1]);
    expect(read(fresh)).toEqual([5, 6]);
    fresh.dispose();
    views.dispose();
  });

  it('leaves the variables their values when disposed, and nothing else', () => {
    const named = parameters();
    const before = values(named);
    const tensors = tf.memory().numTensors;
    const views = new ParameterViews(named);
    named[0]!.parameter.dispose();
    views.dispose();
    expect(tf.memory().numTensors).toBe(tensors - 1);
    expect(read(named[1]!.parameter.value)).toEqual(before.slice(6));
  });
});
