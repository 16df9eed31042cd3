// Runs cases in a process of its own, so that one that never ends, or ends the process, is a result like another.
import * as tf from '@tensorflow/tfjs';
import { runCase } from './outcome';
import type { Job, Message } from './protocol';
import { readersOf } from './readers';

const tell = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });

const work = async ({ set, seed, reader: name, from, to }: Job): Promise<void> => {
  const reader = readersOf(set).find((each) => each.name === name);
  if (!reader) throw new Error(`no reader is called '${name}'`);
  for (let index = from; index < to; index++) {
    await tell({ start: index });
    const began = performance.now();
    const outcome = await runCase(reader, seed, index).catch((error: unknown) => ({
      kind: 'raw' as const,
      change: '',
      detail: `the case could not be made: ${error instanceof Error ? error.stack : String(error)}`,
    }));
    await tell({ end: index, outcome, seconds: (performance.now() - began) / 1000 });
  }
  await tell({ done: true });
};

await tf.setBackend('cpu');
await tf.ready();
// A message may arrive while the last job's end is on its way; jobs come one at a time.
process.on('message', (job) => void work(job as Job));
// A promise that an input brought with it, rejected, is nobody's fault but the input's.
process.on('unhandledRejection', (error) => void tell({ loose: String(error) }));
await tell({ ready: true });
