import { subscribe } from 'node:diagnostics_channel';
import { getEnvironmentData, isMainThread, setEnvironmentData, type Worker } from 'node:worker_threads';
import { SessionLedger } from './ledger';

/** Threads get what their parent has under this name. The number is that of the ledger's form. */
const NAME = '@steadyformer/backend-onnxruntime sessions 1';

/** The ledger of this thread and its parent, and of all threads it starts from now on. */
export const sharedLedger = (): SessionLedger => {
  const inherited = getEnvironmentData(NAME);
  if (inherited instanceof SharedArrayBuffer) return new SessionLedger(inherited);
  const memory = SessionLedger.memory();
  setEnvironmentData(NAME, memory);
  return new SessionLedger(memory);
};

/** Calls `ended` with the id of every thread that this one starts from now on, once it has ended, however it did. */
export const whenThreadsEnd = (ended: (thread: number) => void): void => {
  // Node tells of every new Worker here.
  subscribe('worker_threads', (message) => {
    const { worker } = message as { worker: Worker };
    const { threadId } = worker;
    worker.once('exit', () => ended(threadId));
  });
};

/** Calls `leave` when this thread, not the first of the process, ends by itself; not when it is terminated. */
export const whenThisThreadEnds = (leave: () => void): void => {
  if (!isMainThread) process.once('exit', leave);
};
