// Calls between ranks, and a training step that they share: rank 0 answers the harness, the others do as it does.
import { readFileSync } from 'node:fs';
import { adam, randomStream } from '@steadyformer/core';
import { init } from '@steadyformer/mpi';
import { LocalLearner, type TokenBatch, translationLoss } from '@steadyformer/translate';
import { betweenRanks, rankLearner } from '@steadyformer/translate/node';
import { useBackend } from './backend';
import { modelOf, tokenBatch } from './model';
import { serve } from './serve';
import type { Task } from './task';

export interface RanksOptions {
  /** Numbers of the large arrays. */
  readonly numbers: number;
  /** Of a small model, whose updates are calls more than work. */
  readonly small: number;
  /** A file with the task of the training step. */
  readonly task: string;
  /** Whether the training step sends gradients while others are computed, or all of them afterwards. Default true. */
  readonly meanwhile?: boolean;
}

/** Small calls are made in numbers, so that to agree on a step costs little. */
const CALLS = 200;

const options = JSON.parse(process.argv[2]!) as RanksOptions;
const mpi = await init();
const { rank, size } = mpi;

/** A learner of the task's first batches, as `train()` has it in every rank. */
const training = async (): Promise<() => Promise<void>> => {
  const task = JSON.parse(readFileSync(options.task, 'utf8')) as Task;
  await useBackend('onnxruntime', true);
  const model = modelOf(task);
  const { beta1, beta2, epsilon } = task;
  const { begin, ...afterwards } = betweenRanks(mpi);
  const local = new LocalLearner({
    ...{ model, rule: adam({ beta1, beta2, epsilon }), loss: translationLoss(task.smoothing) },
    between: { ...afterwards, ...(begin && options.meanwhile !== false ? { begin } : {}) },
  });
  const learner = rankLearner(local, model, mpi);
  const batches: readonly TokenBatch[] = task.batches.map((batch) => tokenBatch(batch, task));
  const random = randomStream(1);
  return async () => {
    for (let i = 0; i < task.updates; i++) {
      await learner.gradient([batches[learner.updates % batches.length]!], random.fork(learner.updates));
      await learner.step(task.learningRate, 1);
    }
  };
};

const share = (numbers: number): number[] => {
  const each = Math.ceil(numbers / size);
  return Array.from({ length: size }, (_, i) => Math.min(each, numbers - i * each));
};

const steps: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = await (async () => {
  let arrays: readonly [Float32Array, Float32Array] | undefined;
  const large = (): readonly [Float32Array, Float32Array] => {
    arrays ??= [new Float32Array(options.numbers).fill(rank), new Float32Array(options.numbers)];
    return arrays;
  };
  const many = (call: () => Promise<unknown>) => async (): Promise<void> => {
    for (let i = 0; i < CALLS; i++) await call();
  };
  const lengths = share(options.numbers);
  const small = new Float32Array(options.small);
  const sums = new Float64Array(5);
  return {
    copy: async () => async () => large()[1].set(large()[0]),
    allReduce: async () => () => mpi.allReduce(large()[0]),
    reduceScatter: async () => () => mpi.reduceScatter(large()[0], lengths),
    allGather: async () => () => mpi.allGather(large()[0], lengths),
    broadcast: async () => () => mpi.broadcast(large()[0]),
    [`${CALLS} barriers`]: async () => many(() => mpi.barrier()),
    [`${CALLS} sums of 5`]: async () => many(() => mpi.allReduce(sums)),
    [`${CALLS} updates of a small model`]: async () =>
      many(async () => {
        await mpi.reduceScatter(small, share(options.small));
        await mpi.allReduce(sums);
        await mpi.allGather(small, share(options.small));
      }),
    step: training,
  };
})();
const names = Object.keys(steps);
const made = new Map<string, () => Promise<unknown>>();
const stepOf = async (name: string): Promise<() => Promise<unknown>> => {
  const step = made.get(name) ?? (await steps[name]!());
  made.set(name, step);
  return step;
};

/** What rank 0 does next, known to all: a case's number, or -1 at the end. */
const agreed = async (next: number): Promise<number> => (await mpi.broadcast(Int32Array.of(next)))[0]!;

if (rank === 0) {
  const end = async (): Promise<void> => {
    await agreed(-1);
    await mpi.finalize();
  };
  await serve(async () => ({
    versions: { mpi: mpi.library },
    cases: Object.fromEntries(
      names.map((name, i) => [
        name,
        async () => {
          await agreed(i);
          const step = await stepOf(name);
          return {
            step: async () => {
              await agreed(i);
              await step();
            },
          };
        },
      ]),
    ),
    facts: async () => {
      await end();
      return { size };
    },
  }));
} else {
  const ready = new Set<number>();
  for (let i = await agreed(0); i >= 0; i = await agreed(0)) {
    const step = await stepOf(names[i]!);
    if (ready.has(i)) await step();
    ready.add(i);
  }
  await mpi.finalize();
}
