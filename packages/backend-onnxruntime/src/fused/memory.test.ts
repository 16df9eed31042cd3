import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { distance, floats, integers, onCpu, runKernel } from '../testing';

const call = (name: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor =>
  tf.engine().runKernel(name, inputs, { ...attrs }) as tf.Tensor;

beforeEach(() => tf.setBackend('onnxruntime'));

describe('SteadyView', () => {
  for (const kind of [ArrayBuffer, SharedArrayBuffer]) {
    it(`shares memory of a ${kind.name}, both ways`, () => {
      const memory = new Float32Array(new kind(4 * 4096));
      tf.tidy(() => {
        const flat = tf.tensor1d(memory);
        const view = call('SteadyView', { x: flat }, { offset: 1024, shape: [32, 32] });
        expect(view.shape).toEqual([32, 32]);
        memory.fill(2, 1024, 2048);
        expect(tf.sum(view).dataSync()[0]).toBe(2048);
        expect(tf.matMul(view as tf.Tensor2D, view as tf.Tensor2D).dataSync()[5]).toBe(128);
        call('SteadyCopy', { destination: view, source: tf.fill([32, 32], 7) });
        expect(memory[1023]).toBe(0);
        expect(memory[1024]).toBe(7);
        expect(memory[2047]).toBe(7);
        expect(memory[2048]).toBe(0);
      });
    });
  }

  it('of a pooled tensor survives the disposal of other tensors', () => {
    tf.tidy(() => {
      const flat = tf.add(tf.fill([4096], 1), 1) as tf.Tensor1D;
      const view = call('SteadyView', { x: flat }, { offset: 2048, shape: [2048] });
      for (let i = 0; i < 8; i++) tf.add(tf.fill([4096], 5), 5).dispose();
      expect(tf.sum(view).dataSync()[0]).toBe(4096);
    });
  });

  it('refuses to leave its tensor', () => {
    tf.tidy(() => {
      const flat = tf.zeros([10]);
      expect(() => call('SteadyView', { x: flat }, { offset: 8, shape: [3] })).toThrow(
        /offset 8.*at most 10/,
      );
    });
  });
});

describe('SteadyCopy', () => {
  it('writes into the memory of its destination', () => {
    tf.tidy(() => {
      const destination = tf.tensor1d([1, 2, 3]);
      call('SteadyCopy', { destination, source: tf.tensor1d([4, 5, 6]) });
      expect(Array.from(destination.dataSync())).toEqual([4, 5, 6]);
      expect(() => call('SteadyCopy', { destination, source: tf.zeros([2]) })).toThrow(
        /2 elements, allowed 3/,
      );
    });
  });
});

describe('SteadyEmbeddingGrad', () => {
  it('adds rows up by id', async () => {
    const dy = floats([50, 6], 1);
    const ids = integers([50], 9, 2);
    const expected = await onCpu({ dy, ids }, (t) => [
      tf.matMul(
        tf.oneHot(t.ids as tf.Tensor1D, 9, 1, 0, 'float32') as tf.Tensor2D,
        t.dy as tf.Tensor2D,
        true,
      ),
    ]);
    const [dWeight] = await runKernel('SteadyEmbeddingGrad', { dy, ids }, { vocabulary: 9 });
    expect(distance(dWeight!, expected[0]!)).toBeLessThan(1e-6);
  });

  it('refuses an id outside the vocabulary', async () => {
    const inputs = { dy: floats([1, 2]), ids: { ...integers([1], 1), values: [-1] } };
    await expect(runKernel('SteadyEmbeddingGrad', inputs, { vocabulary: 3 })).rejects.toThrow(/id -1/);
  });
});
