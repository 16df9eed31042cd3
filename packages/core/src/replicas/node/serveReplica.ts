import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { SteadyformerError } from '../../checks/errors';
import { withoutInitialValues } from '../../state/initial';
import { ProcessReplica } from '../processReplica';
import type { ProcessStart, ReplicaStart, Reply, Request, Sums } from '../protocol';
import { Replica } from '../replica';
import type { ReplicaModel } from '../sumParts';
import { collectGarbage } from './collectGarbage';
import { DESCRIPTOR, REPLICA } from './replicaProcess';
import { SharedFile } from './sharedFile';

/** The replica's end of what joins it to those who ask. */
interface Port<Part> {
  /** The data that it was started with. */
  readonly data: unknown;
  replica(model: ReplicaModel<Part>): { answer(request: Request<Part>): Promise<Sums> };
  reply(reply: Reply): void;
  listen(f: (request: Request<Part>) => void): void;
}

const threadPort = <Part>(): Port<Part> | undefined => {
  const port = parentPort;
  if (!port) return undefined;
  const start = workerData as ReplicaStart;
  return {
    data: start.data,
    replica: (model) => new Replica(start, model),
    reply: (reply) => port.postMessage(reply),
    listen: (f) => void port.on('message', f),
  };
};

const processPort = async <Part>(): Promise<Port<Part> | undefined> => {
  if (!process.send || process.argv[2] !== REPLICA) return undefined;
  const [start] = (await once(process, 'message')) as [ProcessStart];
  // It lives as long as whoever started it, who alone hears what a terminal or service manager sends to all.
  process.on('disconnect', () => process.exit());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  return {
    data: start.data,
    replica: (model) => new ProcessReplica(start, model, new SharedFile(start.memory, DESCRIPTOR)),
    reply: (reply) => void process.send?.(reply, undefined, undefined, () => undefined),
    listen: (f) => void process.on('message', f),
  };
};

const errorOf = (error: unknown): Reply => ({
  error: error instanceof Error ? error.message : String(error),
});

/**
 * The whole of a replica's module: builds its copy of the model from the data that `Replicas.start` was given
 * (select the backend first), then works until whoever started it ends it. The parameters' values are the first thread's:
 * while `build` runs they are zero, and it runs once more, with values drawn, where it throws on them. Throws outside
 * a thread or process of `Replicas`.
 */
export const serveReplica = async <Part, Data>(
  build: (data: Data) => Promise<ReplicaModel<Part>> | ReplicaModel<Part>,
): Promise<void> => {
  const port = threadPort<Part>() ?? (await processPort<Part>());
  if (!port) {
    throw new SteadyformerError(
      'serveReplica() runs in a thread or process of replicas; start it by Replicas.start({ entry })',
    );
  }
  let replica: ReturnType<typeof port.replica>;
  try {
    replica = port.replica(await withoutInitialValues(() => build(port.data as Data)));
  } catch (error) {
    port.reply(errorOf(error));
    return;
  }
  collectGarbage();
  port.listen((request) => {
    replica.answer(request).then(
      (sums) => port.reply({ sums }),
      (error: unknown) => port.reply(errorOf(error)),
    );
  });
  port.reply({ sums: {} });
};
