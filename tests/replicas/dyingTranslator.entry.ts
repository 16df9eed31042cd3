// A thread of a ParallelTranslator that ends where it is given a source of seven tokens, and at its start where a file says so.
import { existsSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { serveTranslator } from '@steadyformer/translate/node';

if (existsSync(process.env.DYING_TRANSLATOR ?? '')) process.exit(4);
parentPort?.on('message', ({ group = [] }: { group?: readonly { ids: readonly number[] }[] }) => {
  if (group.some(({ ids }) => ids.length === 7)) process.exit(3);
});
await serveTranslator();
