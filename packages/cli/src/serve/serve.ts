import { type ComputeType, SteadyformerError, selectBackend, show } from '@steadyformer/core';
import type { CommandLine } from '../program/commandLine';
import { stoppable } from '../train/stoppable';
import { endTranslator, type Replicas } from '../translate/replicas';
import { loadModel, namedFolders, type ServedModel, servedModel } from './models';
import { makeServer, type Server } from './server';
import type { ServeSettings } from './settings';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; name another with --port, or 0 for any that is free',
  EACCES: 'this user may not listen there; name a port from 1024 on with --port',
  EADDRNOTAVAIL: 'this machine has no such address; name one it has with --host, or 0.0.0.0 for all',
  ENOTFOUND: 'there is no such host; name an address of this machine with --host',
  EAI_AGAIN: 'there is no such host; name an address of this machine with --host',
};

const listen = async ({ app }: Server, { host, port }: ServeSettings): Promise<string> => {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const why = Object.hasOwn(REASONS, code) ? REASONS[code]! : message;
    throw new SteadyformerError(`--host ${show(host)} --port ${port}: cannot listen, ${why}`);
  }
};

/** What computes, in which numbers, and on how many threads. */
export interface ServedBy {
  readonly backend: string;
  readonly replicas: Replicas;
  readonly computeType: ComputeType;
}

/** Serves models until a signal ends it. */
export const runServe = async (
  args: readonly string[],
  settings: ServeSettings,
  { backend, replicas, computeType }: ServedBy,
  { streams }: Pick<CommandLine, 'streams'>,
): Promise<void> => {
  const folders = namedFolders(args);
  await stoppable(
    async (signal) => {
      const server = await makeServer(settings);
      const models: ServedModel[] = [];
      try {
        const address = await listen(server, settings);
        const { message } = await selectBackend(backend);
        streams.error(`${message}\n`);
        for (const [name, folder] of folders) {
          const loaded = await loadModel(folder, { replicas, computeType }, signal);
          const how = { ...settings, computeType };
          models.push(servedModel(name, loaded, how, (batch) => server.metrics.batch(name, batch)));
        }
        server.ready(models);
        streams.out(`listening on ${address}: ${[...folders.keys()].join(', ')}\n`);
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      } catch (error) {
        // A signal while the models are being loaded ends that too.
        if (error !== signal.reason) throw error;
      } finally {
        await server.end();
        await Promise.all(models.map(({ translator }) => endTranslator(translator)));
      }
    },
    () => streams.error('ending: what is at work is finished first; a second time ends at once\n'),
  );
};
