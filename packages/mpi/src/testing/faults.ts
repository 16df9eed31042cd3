// Calls that go wrong, by the name of the case; each rank prints what it was told.
import { init } from '../ranks/init';
import type { Mpi } from '../ranks/mpi';

/** Calls that differ between ranks. */
const OTHERS: readonly ((mpi: Mpi) => Promise<unknown>)[] = [
  (mpi) => mpi.allReduce(new Float32Array(mpi.rank === 1 ? 5 : 4)),
  (mpi) => mpi.allReduce(mpi.rank === 1 ? new Float64Array(4) : new Float32Array(4)),
  (mpi) => mpi.allReduce(new Int32Array(4), mpi.rank === 1 ? 'max' : 'sum'),
  (mpi) => mpi.reduceScatter(new Float32Array(9), mpi.rank === 1 ? [4, 5] : [5, 4]),
  (mpi) =>
    mpi.rank === 1
      ? mpi.beginReduceScatter(new Float32Array(9), [5, 4], 'max')
      : mpi.reduceScatter(new Float32Array(9), [5, 4]),
  (mpi) => (mpi.rank === 1 ? mpi.allGather(new Int32Array(99), [9, 90]) : mpi.allReduce(new Int32Array(99))),
  (mpi) => (mpi.rank === 1 ? mpi.barrier() : mpi.broadcast(new Uint8Array(3))),
];

const say = (mpi: Mpi, text: string): boolean => process.stdout.write(`rank ${mpi.rank}: ${text}\n`);

const CASES: Readonly<Record<string, (mpi: Mpi) => Promise<unknown>>> = {
  others: async (mpi) => {
    for (const call of OTHERS)
      await call(mpi).catch((error: Error) => say(mpi, `${error.name}: ${error.message}`));
    // What was refused harms no later call.
    say(mpi, `afterwards ${await mpi.allReduce(Int32Array.of(1))}`);
  },
  // A rank that makes no call: the others wait no longer than they are told to.
  absent: async (mpi) => {
    if (mpi.rank === 1) return new Promise((resolve) => setTimeout(resolve, 160_000));
    await mpi
      .allReduce(new Float32Array(1))
      .catch((error: Error) => say(mpi, `${error.name}: ${error.message}`));
    return mpi.abort(2);
  },
  abort: (mpi) => (mpi.rank === 1 ? mpi.abort(5) : mpi.allReduce(new Float32Array(1))),
  dies: (mpi) =>
    mpi.rank === 1
      ? Promise.resolve(process.kill(process.pid, 'SIGKILL'))
      : mpi.allReduce(new Float32Array(1)),
};

const [name = '', timeout = '150'] = process.argv.slice(2);
try {
  const mpi = await init({ timeout: Number(timeout) });
  await CASES[name]?.(mpi);
  say(mpi, 'well');
  await mpi.finalize();
} catch (error) {
  process.stderr.write(`${(error as Error).name}: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
