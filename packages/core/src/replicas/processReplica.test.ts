import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { lossAndGradient } from '../autodiff/gradients';
import { Linear } from '../layers/linear';
import { randomStream } from '../random/random';
import { type Exchange, ProcessReplica, type Shelf } from './processReplica';
import type { ProcessStart } from './protocol';

beforeAll(() => tf.setBackend('cpu'));

const modelOf = (seed: number): Linear => new Linear({ inputs: 3, outputs: 2 }, {}, randomStream(seed));

/** Values in this process. */
const exchangeOf = (sizes: { size: number; frozen: number; replicas: number }) => {
  const shelves = new Map<Shelf, Float32Array>([
    ['parameters', new Float32Array(sizes.size)],
    ['frozen', new Float32Array(sizes.frozen)],
    ...Array.from({ length: sizes.replicas }, (_, i) => [i, new Float32Array(sizes.size)] as const),
  ]);
  const exchange: Exchange = {
    read: (shelf, stretch) => shelves.get(shelf)!.slice(stretch?.from, stretch?.to),
    write: (shelf, values, from = 0) => shelves.get(shelf)!.set(values, from),
  };
  return { shelves, exchange };
};

const lossOf = (model: Linear, part: readonly number[]) => {
  const y = model.call(tf.tensor2d([[...part]]));
  return { loss: tf.sum<tf.Scalar>(tf.square(y)), parts: 1 };
};

const parts = [
  [1, 2, 3],
  [-1, 0.5, 2],
  [0.25, -2, 1],
];
const key = randomStream(1).key;
const work = (some: readonly (readonly number[])[]) => some.map((part) => ({ part, random: key }));

describe('ProcessReplica', () => {
  it('takes the weights it is given, frozen ones as well, and leaves the sum of gradients of all', async () => {
    const [own, twins] = [modelOf(1), [modelOf(2), modelOf(3)]];
    // The weight [3, 2] is trained, the bias [2] is frozen.
    const memory = { replicas: 2, size: 6, frozen: 2 };
    const { shelves, exchange } = exchangeOf(memory);
    const [weight, bias] = own.parameters();
    const replicas = twins.map((twin, rank) => {
      const start: ProcessStart = { memory, rank, trained: [0], frozen: [1], data: null };
      const model = { parameters: twin.parameters(), loss: (part: readonly number[]) => lossOf(twin, part) };
      return new ProcessReplica(start, model, exchange);
    });
    bias!.parameter.assign(tf.tensor1d([0.5, -0.25]));
    shelves.get('parameters')!.set(read(weight!.parameter.value));
    shelves.get('frozen')!.set(read(bias!.parameter.value));
    const before = tf.memory().numTensors;
    const shares = [work([parts[0]!, parts[1]!]), work([parts[2]!])];
    const sums = await Promise.all(
      replicas.map((replica, rank) => replica.answer({ kind: 'gradient', work: shares[rank]!, frozen: 1 })),
    );
    const squares = await Promise.all(replicas.map((replica) => replica.answer({ kind: 'reduce' })));
    expect(tf.memory().numTensors).toBe(before);
    const { loss, gradient } = lossAndGradient([weight!], () =>
      tf.addN(parts.map((part) => lossOf(own, part).loss)).asScalar(),
    );
    expect(maxError(shelves.get(0)!, read(gradient))).toBeLessThan(1e-6);
    expect(sums[0]!.loss! + sums[1]!.loss!).toBeCloseTo(read(loss)[0]!, 4);
    expect(sums[0]!.parts! + sums[1]!.parts!).toBe(3);
    const total = squares[0]!.squares! + squares[1]!.squares!;
    expect(Math.sqrt(total)).toBeCloseTo(read(tf.norm(gradient))[0]!, 4);
    expect(Math.sqrt(total)).toBeGreaterThan(1);
    // One that has nothing to do adds nothing.
    expect(await replicas[1]!.answer({ kind: 'gradient', work: [] })).toEqual({});
    expect([...shelves.get(1)!]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('says which model differs, and makes no update', async () => {
    const model = { parameters: modelOf(1).parameters(), loss: () => ({ loss: tf.scalar(0) }) };
    const start = {
      memory: { replicas: 2, size: 9, frozen: 0 },
      rank: 1,
      trained: [],
      frozen: [],
      data: null,
    };
    const { exchange } = exchangeOf(start.memory);
    expect(() => new ProcessReplica(start, model, exchange)).toThrow(
      "replica 1: its model has 8 parameters, the first thread's 9",
    );
    const replica = new ProcessReplica({ ...start, memory: { ...start.memory, size: 8 } }, model, exchange);
    await expect(replica.answer({ kind: 'step', steps: [] })).rejects.toThrow('make no update');
  });
});
