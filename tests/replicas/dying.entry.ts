// A replica whose thread ends when it is asked for one kind of work.
import { parentPort, workerData } from 'node:worker_threads';
import { serveTranslationReplica } from '@steadyformer/translate/node';

const { rank, data } = workerData as { rank: number; data: { dieAt: string; rank: number } };
const dies = (kind: string): boolean => rank === data.rank && kind === data.dieAt;
if (dies('start')) process.exit(3);
// Heard before the replica hears it.
parentPort?.on('message', ({ kind }: { kind: string }) => {
  if (dies(kind)) process.exit(3);
  // After the reply, while nothing is asked.
  if (kind === 'reduce' && dies('between')) setTimeout(() => process.exit(3), 50);
});
await serveTranslationReplica();
