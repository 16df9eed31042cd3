import { Worker } from 'node:worker_threads';
import type { ReplicaStart, Reply } from '../protocol';
import type { Carrier, Listener } from './replicaWorker';

/** Starts a replica in a worker thread. Throws where Node starts none, or where the data cannot be sent. */
export const inThread =
  (entry: URL, start: ReplicaStart, env: NodeJS.ProcessEnv) =>
  ({ reply, fail }: Listener): Carrier => {
    const worker = new Worker(entry, { workerData: start, env });
    worker.on('message', (message: Reply) => reply(message));
    worker.on('messageerror', (error) => fail(`its reply cannot be read: ${error.message}`));
    worker.on('error', (error) => fail(error.message));
    worker.on('exit', (code) => fail(`its thread ended with code ${code}`));
    return { send: (message) => worker.postMessage(message), end: () => worker.terminate() };
  };
