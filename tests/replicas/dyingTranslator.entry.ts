// A thread of a ParallelTranslator that ends where it is given a source of seven tokens.
import { parentPort } from 'node:worker_threads';
import { serveTranslator } from '@steadyformer/translate/node';

parentPort?.on('message', ({ group = [] }: { group?: readonly { ids: readonly number[] }[] }) => {
  if (group.some(({ ids }) => ids.length === 7)) process.exit(3);
});
await serveTranslator();
