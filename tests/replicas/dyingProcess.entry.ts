// A replica whose process is killed when it is asked for one kind of work, the time that is said.
import { serveTranslationReplica } from '@steadyformer/translate/node';

const { kind, rank, time } = JSON.parse(process.env.DYING_REPLICA!) as {
  kind: string;
  rank: number;
  time: number;
};
let own = false;
let heard = 0;
// Heard before the replica hears it.
process.on('message', (message: { kind?: string; rank?: number }) => {
  if (message.rank === rank) own = true;
  if (own && message.kind === kind) heard++;
  if (own && (kind === 'start' || (message.kind === kind && heard === time))) {
    process.kill(process.pid, 'SIGKILL');
  }
});
await serveTranslationReplica();
