import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Ends the process where its first thread does not come back in time: blocked in C, it could not do so itself. */
const PROGRAM = `
const { workerData: { flag, limit, line, koffi } } = require('node:worker_threads');
if (Atomics.wait(flag, 0, 0, limit) === 'timed-out') {
  require('node:fs').writeSync(2, line + '\\n');
  require(koffi).load(null).func('_exit', 'void', ['int'])(2);
}
`;

/**
 * Runs what blocks this thread until other ranks do the same, such as MPI_Init, with a time limit: after it the process
 * ends with exit code 2 and this line.
 *
 * @param limit milliseconds
 */
export const watched = async <T>(work: () => T, limit: number, line: string): Promise<T> => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const koffi = createRequire(import.meta.url).resolve('koffi');
  const worker = new Worker(PROGRAM, { eval: true, workerData: { flag, limit, line, koffi } });
  await new Promise<void>((resolve, reject) => worker.once('online', resolve).once('error', reject));
  try {
    return work();
  } finally {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await worker.terminate();
  }
};
