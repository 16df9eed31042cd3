import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import '../index';
import { InPlaceMemory } from './inPlace';

const step = {
  beta1: 0,
  beta2: 0,
  epsilon: 0,
  stepSize: 1,
  rootScale: 1,
  adaptive: false,
  decay: 1,
  l2: 0,
  gradientScale: 1,
};

const run = (name: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs, { ...attrs }) as tf.Tensor;

/** A flat buffer with two variables as views of it, as an optimizer in place has them; `write` subtracts 1. */
const training = (memory: ArrayBufferLike): { flat: tf.Tensor; view: tf.Tensor; write: () => void } => {
  const flat = tf.tensor1d(new Float32Array(memory, 0, 800).fill(5));
  const view = run('SteadyView', { x: flat }, { offset: 400, shape: [20, 20] });
  const [gradient, m, v] = [tf.ones([800]), tf.zeros([800]), tf.zeros([800])];
  const write = (): void => {
    run('SteadyAdamStep', { parameters: flat, gradient, m, v }, step);
  };
  return { flat, view, write };
};

/** Everything that tfjs lets share its input's data, and what our kernels and tfjs's copy. */
const FORMS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  clone: tf.clone,
  'clone of a clone': (x) => tf.clone(tf.clone(x)),
  reshape: (x) => tf.reshape(x, [400]),
  'expanded, squeezed and reshaped': (x) => tf.reshape(tf.squeeze(tf.expandDims(x, 0)), [4, 100]),
  'cast to its own type': (x) => tf.cast(x, 'float32'),
  'transposition that moves nothing': (x) => tf.transpose(tf.reshape(x, [1, 20, 20]), [1, 0, 2]),
  slice: (x) => tf.slice(x, [2, 0], [3, 20]),
  'strided slice': (x) => tf.stridedSlice(x, [1, 0], [3, 20], [1, 1]),
  split: (x) => tf.split(x, 2)[1]!,
  'concat of one': (x) => tf.concat([x], 0),
  'sum of one': (x) => tf.addN([x]),
  'pool of single cells': (x) => tf.maxPool(tf.reshape(x, [1, 20, 20, 1]) as tf.Tensor4D, 1, 1, 'same'),
  'dropout of nothing': (x) => tf.dropout(x, 0),
  relu: tf.relu,
};

beforeEach(() => tf.setBackend('onnxruntime'));

describe.each([ArrayBuffer, SharedArrayBuffer])('memory that is written in place, in an %o', (kind) => {
  const memory = (): ArrayBufferLike => new kind(4 * 800);

  it.each(Object.entries(FORMS))('%s made before keeps its values', (_, form) => {
    tf.tidy(() => {
      const { view, write } = training(memory());
      const before = form(view);
      write();
      const after = form(view);
      write();
      expect(new Set(before.dataSync())).toEqual(new Set([5]));
      expect(new Set(after.dataSync())).toEqual(new Set([4]));
      expect(new Set(view.dataSync())).toEqual(new Set([3]));
      // The values count where ops read them, too.
      expect(tf.mean(before).dataSync()[0]).toBe(5);
    });
  });

  it('is read as a copy, however it is read', async () => {
    const { view, write, flat } = training(memory());
    const [now, later, all] = [view.dataSync(), await view.data(), flat.dataSync()];
    const nested = (await view.array()) as number[][];
    const buffered = view.bufferSync();
    const clone = tf.clone(view);
    const cloned = clone.dataSync();
    write();
    for (const values of [now, later, all, cloned, nested.flat(), buffered.values]) {
      expect(new Set(values as Iterable<number>)).toEqual(new Set([5]));
    }
    // The reader's own: changing it changes no parameter.
    now.fill(9);
    expect(view.dataSync()[0]).toBe(4);
    tf.dispose([view, clone]);
  });

  it('is seen by its views at once', () => {
    tf.tidy(() => {
      const { view, write } = training(memory());
      write();
      expect(view.dataSync()[399]).toBe(4);
      run('SteadyCopy', { destination: view, source: tf.fill([20, 20], 7) });
      write();
      expect(view.dataSync()[0]).toBe(6);
    });
  });

  it('leaves nothing where clones go before the write, as those of a training step do', () => {
    tf.tidy(() => {
      const { view, write } = training(memory());
      const count = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) {
        tf.tidy(() => {
          tf.clone(view);
          tf.reshape(tf.clone(view), [400]);
        });
        tf.tidy(write);
      }
      expect(tf.memory().numTensors).toBe(count);
      expect(view.dataSync()[0]).toBe(2);
    });
  });
});

describe('what was read before the first write in place', () => {
  it.each([
    ['an array that the program gave', () => tf.tensor1d(Float32Array.from({ length: 400 }, () => 5))],
    ['a result', () => tf.tidy(() => tf.add(tf.fill([400], 4), 1)) as tf.Tensor1D],
  ])('keeps its values: %s', async (_, make) => {
    for (const write of ['copy', 'view', 'step'] as const) {
      const x = make();
      const [now, later] = [x.dataSync(), await x.data()];
      tf.tidy(() => {
        if (write === 'copy') run('SteadyCopy', { destination: x, source: tf.fill([400], 7) });
        if (write === 'view') {
          const view = run('SteadyView', { x }, { offset: 0, shape: [400] });
          run('SteadyCopy', { destination: view, source: tf.fill([400], 7) });
        }
        const [gradient, m, v] = [tf.fill([400], -2), tf.zeros([400]), tf.zeros([400])];
        if (write === 'step') run('SteadyAdamStep', { parameters: x, gradient, m, v }, step);
      });
      expect(new Set(now)).toEqual(new Set([5]));
      expect(new Set(later)).toEqual(new Set([5]));
      expect(new Set(x.dataSync())).toEqual(new Set([7]));
      x.dispose();
    }
  });

  it('still leaves the memory that the program gave where it was', () => {
    const memory = new Float32Array(new SharedArrayBuffer(4 * 400)).fill(5);
    const x = tf.tensor1d(memory);
    const read = x.dataSync();
    tf.tidy(() => {
      run('SteadyCopy', { destination: x, source: tf.fill([400], 7) });
    });
    expect([read[0], memory[0], x.dataSync()[0]]).toEqual([5, 7, 7]);
    x.dispose();
  });
});

describe('a tensor of the pool that is written in place', () => {
  it('does not lend its memory out again while a clone reads it', () => {
    const parameters = tf.tidy(() => tf.add(tf.fill([4096], 4), 1)) as tf.Tensor1D;
    const [gradient, m, v] = [tf.ones([4096]), tf.zeros([4096]), tf.zeros([4096])];
    tf.tidy(() => {
      run('SteadyAdamStep', { parameters, gradient, m, v }, step);
    });
    const clone = tf.clone(parameters);
    parameters.dispose();
    tf.tidy(() => {
      for (let i = 0; i < 8; i++) tf.add(tf.fill([4096], 7), 1);
    });
    expect(new Set(clone.dataSync())).toEqual(new Set([4]));
    tf.dispose([clone, gradient, m, v]);
  });
});

describe('a write to part of a memory', () => {
  it('copies for readers of that part alone, and for all where nothing is written', () => {
    const memory = new InPlaceMemory<{ values: Float32Array; lent?: object }>();
    const whole = new Float32Array(8);
    memory.note(whole.buffer);
    const readers = [0, 3, 6].map((from) => ({ values: whole.subarray(from, from + 2) }));
    for (const reader of readers) memory.lend(whole.buffer, reader);
    const shared = (): boolean[] => readers.map(({ values }) => values.buffer === whole.buffer);
    memory.beforeWrite(whole.buffer, whole.subarray(2, 4));
    expect(shared()).toEqual([true, false, true]);
    memory.beforeWrite(whole.buffer, whole.subarray(5, 5));
    expect(shared()).toEqual([false, false, false]);
  });
});
