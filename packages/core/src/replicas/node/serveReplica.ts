import { parentPort, workerData } from 'node:worker_threads';
import { SteadyformerError } from '../../checks/errors';
import { withoutInitialValues } from '../../state/initial';
import type { ReplicaStart, Reply, Request } from '../protocol';
import { Replica, type ReplicaModel } from '../replica';
import { collectGarbage } from './collectGarbage';

/**
 * The whole of a replica's module: builds its copy of the model from the data that `Replicas.start` was given
 * (select the backend first), then works until the first thread ends it. The parameters' values are the first thread's:
 * while `build` runs they are zero, and it runs once more, with values drawn, where it throws on them. Throws outside
 * such a worker thread.
 */
export const serveReplica = async <Part, Data>(
  build: (data: Data) => Promise<ReplicaModel<Part>> | ReplicaModel<Part>,
): Promise<void> => {
  const port = parentPort;
  if (!port) {
    throw new SteadyformerError(
      'serveReplica() runs in a worker thread; start it by Replicas.start({ entry })',
    );
  }
  const start = workerData as ReplicaStart;
  const reply = (work: () => Reply): void => {
    let answer: Reply;
    try {
      answer = work();
    } catch (error) {
      answer = { error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(answer);
  };
  const replica = new Replica<Part>(start, await withoutInitialValues(() => build(start.data as Data)));
  collectGarbage();
  port.on('message', (request: Request<Part>) => reply(() => ({ sums: replica.answer(request) })));
  reply(() => ({ sums: {} }));
};
