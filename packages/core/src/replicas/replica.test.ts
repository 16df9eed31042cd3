import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { lossAndGradient } from '../autodiff/gradients';
import { type LanguageModel, languageModel } from '../models/languageModel';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { Optimizer } from '../optim/optimizer';
import { sgd } from '../optim/sgd';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import type { Request, Work } from './protocol';
import { checkSharing, Replica } from './replica';
import { arraysIn, shareMemory } from './sharedMemory';

// Replicas without threads, by kernels of the contract on the cpu backend.

let undo = (): void => {};
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  undo = registerReferenceKernels();
});
afterEach(() => undo());

const model = (dropout = 0): LanguageModel =>
  languageModel(
    { vocabulary: 9, width: 8, heads: 2, depth: 1, method: admin(), dropout: { residual: dropout } },
    3,
  );

type Rows = readonly (readonly number[])[];
const rows: Rows = [
  [2, 5, 6, 7],
  [2, 8, 4, 5],
  [2, 3, 3, 6],
];

/** The summed loss of predicting each row's next token. */
const lossOf = (own: LanguageModel, part: Rows, context = {}) => {
  const ids = tf.tensor2d(
    part.map((row) => row.slice(0, -1)),
    undefined,
    'int32',
  );
  const labels = tf.tensor1d(
    part.flatMap((row) => row.slice(1)),
    'int32',
  );
  const logits = tf.reshape<tf.Rank.R2>(own.call(ids, context), [labels.size, 9]);
  const { loss, nll } = softmaxCrossEntropy(logits, labels, 0.1);
  return { loss: tf.sum<tf.Scalar>(loss), nll: tf.sum<tf.Scalar>(nll), tokens: labels.size };
};

// Adam would make much of the rounding in gradients that are zero in theory.
const rule = () => sgd({ momentum: 0.9 });

const P = model().parameterCount();

/** Replicas over one memory, started from the model's values. */
const team = (count: number, dropout = 0) => {
  const memory = shareMemory(P, count);
  const own = model(dropout);
  const optimizer = new Optimizer(own.parameters(), rule(), { memory: arraysIn(memory) });
  const replicas = Array.from({ length: count }, (_, rank) => {
    const copy = model(dropout);
    return new Replica<Rows>(
      { memory, rank, data: null, trained: own.parameters().map((_, i) => i), frozen: [] },
      { parameters: copy.parameters(), loss: (part, context) => lossOf(copy, part, context) },
    );
  });
  const all = (request: (rank: number) => Request<Rows>) =>
    Promise.all(replicas.map((replica, rank) => replica.answer(request(rank))));
  return { memory, own, optimizer, all };
};

const work = (part: Rows, label = 0): Work<Rows> => ({ part, random: randomStream(1).fork(label).key });

describe('Replica', () => {
  it('sums the gradients of all parts, whoever has them, and counts what the loss reports', async () => {
    const alone = model();
    const { loss, gradient } = lossAndGradient(alone.parameters(), () => lossOf(alone, rows).loss);
    const { memory, all } = team(3);
    // The third has nothing to do; the first has two parts.
    const parts = [[work([rows[0]!]), work([rows[1]!])], [work([rows[2]!])], []];
    const sums = await all((rank) => ({ kind: 'gradient', work: parts[rank]! }));
    const squares = await all(() => ({ kind: 'reduce' }));
    expect(maxError(arraysIn(memory).gradients[0]!, read(gradient))).toBeLessThan(1e-6);
    expect(sums[0]!.loss! + sums[1]!.loss!).toBeCloseTo(read(loss)[0]!, 4);
    expect(sums[0]!.tokens! + sums[1]!.tokens!).toBe(9);
    expect(sums[0]!.nll).toBeGreaterThan(0);
    expect(sums[2]).toEqual({});
    const total = squares.reduce((sum, { squares: own }) => sum + own!, 0);
    expect(Math.sqrt(total)).toBeCloseTo(read(tf.norm(gradient))[0]!, 4);
  });

  it('updates as one optimizer would, and every copy sees it', async () => {
    const alone = model();
    const reference = new Optimizer(alone.parameters(), rule());
    const { own, optimizer, all } = team(2);
    for (let step = 0; step < 5; step++) {
      const { gradient } = lossAndGradient(alone.parameters(), () => lossOf(alone, rows).loss);
      reference.step(gradient, 0.02, 1 / 9);
      optimizer.attach();
      await all((rank) => ({
        kind: 'gradient',
        work: [work(rank === 0 ? rows.slice(0, 2) : rows.slice(2))],
      }));
      await all(() => ({ kind: 'reduce' }));
      const steps = optimizer.plan(0.02, 1 / 9);
      await all(() => ({ kind: 'step', steps }));
      optimizer.advance();
    }
    const [found, expected] = [own, alone].map((each) =>
      each.parameters().flatMap(({ parameter }) => read(parameter.value)),
    );
    expect(maxError(found!, expected!)).toBeLessThan(1e-5);
    const before = model()
      .parameters()
      .flatMap(({ parameter }) => read(parameter.value));
    expect(maxError(found!, before)).toBeGreaterThan(1e-2);
    expect(optimizer.updates).toBe(5);
  });

  it('draws dropout from the key of each part', async () => {
    const { all } = team(1, 0.3);
    const loss = async (label: number): Promise<number> =>
      (await all(() => ({ kind: 'gradient', work: [work(rows, label)] })))[0]!.loss!;
    expect(await loss(1)).toBe(await loss(1));
    expect(await loss(1)).not.toBe(await loss(2));
  });

  it('leaves no tensor behind', async () => {
    const { all } = team(2);
    const step = async (): Promise<void> => {
      await all(() => ({ kind: 'gradient', work: [work(rows), work(rows)] }));
      await all(() => ({ kind: 'reduce' }));
    };
    await step();
    const before = tf.memory().numTensors;
    await step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says which model differs, and which backend shares no memory', () => {
    const start = { memory: shareMemory(P + 1, 2), rank: 1, data: null, trained: [], frozen: [] };
    const copy = model();
    expect(
      () => new Replica<Rows>(start, { parameters: copy.parameters(), loss: (p) => lossOf(copy, p) }),
    ).toThrow(`replica 1: its model has ${P} parameters, the first thread's ${P + 1}`);
    undo();
    expect(checkSharing).toThrow("the backend 'cpu' cannot share");
  });
});
