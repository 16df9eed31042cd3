// Every call, its result held against what it should be on every rank. Prints a line of JSON from rank 0.
import { createHash } from 'node:crypto';
import { init } from '../ranks/init';
import { type Numbers, OPERATIONS } from '../ranks/kinds';

const mpi = await init({ timeout: 150 });
const { rank, size } = mpi;
const failures: string[] = [];
const expect = (name: string, ok: boolean): void => {
  if (!ok) failures.push(`rank ${rank}: ${name}`);
};

/** A number of a rank and place, with few bits so that sums are exact in any order. */
const valueAt = (of: number, i: number): number => ((of + 1) * (i % 97)) % 61;
const all = [...Array(size).keys()];
const want = {
  sum: (i: number) => all.reduce((sum, each) => sum + valueAt(each, i), 0),
  max: (i: number) => Math.max(...all.map((each) => valueAt(each, i))),
  min: (i: number) => Math.min(...all.map((each) => valueAt(each, i))),
};
const fill = <T extends Numbers>(array: T): T => {
  for (let i = 0; i < array.length; i++) array[i] = valueAt(rank, i);
  return array;
};
for (const make of [Float32Array, Float64Array, Int32Array]) {
  for (const operation of OPERATIONS) {
    // More than one bucket, where it is worth it.
    const many = make === Float32Array && operation === 'sum' ? [2 ** 20 + 5] : [];
    for (const length of [0, 1, 1000, ...many]) {
      const array = fill(new make(length));
      const same = await mpi.allReduce(array, operation);
      const name = `${make.name} of ${length}, ${operation}`;
      expect(`${name}: in place`, same === array);
      expect(
        name,
        Array.from(array).every((each, i) => each === want[operation](i)),
      );
    }
  }
}
// Every rank gets its own stretch of the reduction, of any lengths, and all get all stretches.
const shares: readonly ((rank: number) => number)[] = [
  () => 0,
  (rank) => rank,
  (rank) => 5 * (size - rank),
  // Several messages and rounds.
  (rank) => (rank === 0 ? 2 ** 20 + 2 ** 18 + 3 : 7 * rank),
];
for (const make of [Float32Array, Float64Array, Int32Array]) {
  for (const [which, share] of shares.entries()) {
    const lengths = all.map(share);
    const from = lengths.slice(0, rank).reduce((a, b) => a + b, 0);
    const to = from + lengths[rank]!;
    const array = fill(new make(lengths.reduce((a, b) => a + b, 0)));
    const operation = OPERATIONS[which % 3]!;
    const name = `${make.name} of [${lengths}]`;
    expect(`${name} scattered: in place`, (await mpi.reduceScatter(array, lengths, operation)) === array);
    expect(
      `${name} scattered, ${operation}`,
      array.every((each, i) => each === (i >= from && i < to ? want[operation](i) : valueAt(rank, i))),
    );
    expect(`${name} gathered: in place`, (await mpi.allGather(array, lengths)) === array);
    expect(
      `${name} gathered, ${operation}`,
      array.every((each, i) => each === want[operation](i)),
    );
  }
}
const letters = new Uint8Array(size).fill(rank + 65);
await mpi.allGather(
  letters,
  all.map(() => 1),
);
expect(
  'bytes gathered',
  letters.every((each, i) => each === i + 65),
);
// A view into other memory leaves what lies around it.
const around = new Float32Array(40).fill(7);
await mpi.allReduce(around.subarray(8, 24).fill(rank), 'sum');
const sum = (size * (size - 1)) / 2;
expect(
  'a view',
  around.every((each, i) => each === (i >= 8 && i < 24 ? sum : 7)),
);
const shared = new Float32Array(new SharedArrayBuffer(64)).fill(rank + 1);
await mpi.allReduce(shared, 'max');
expect(
  'shared memory',
  shared.every((each) => each === size),
);
for (const root of all) {
  const bytes = new TextEncoder().encode(`rank ${rank} says this`);
  await mpi.broadcast(bytes, root);
  expect(`broadcast from ${root}`, new TextDecoder().decode(bytes) === `rank ${root} says this`);
}
// The event loop goes on while one rank waits for the others, and calls made together come one after another.
let turns = 0;
const timer = setInterval(() => turns++, 5);
if (rank === size - 1) await new Promise((resolve) => setTimeout(resolve, 200));
const one = Int32Array.of(1);
const two = Float64Array.of(2);
await Promise.all([mpi.allReduce(one), mpi.allReduce(two), mpi.barrier()]);
clearInterval(timer);
expect('three calls at once', one[0] === size && two[0] === 2 * size);
expect(`the event loop: ${turns} turns`, turns > 1);
// Sums that depend on their order: the same bits on every rank.
const rough = Float32Array.from(
  { length: 3001 },
  (_, i) => Math.sin(i * 12.9898 + rank * 78.233) * 43758.5453,
);
const inOrder = Float32Array.from(rough, (_, i) =>
  all.reduce(
    (sum, of) => Math.fround(sum + Math.fround(Math.sin(i * 12.9898 + of * 78.233) * 43758.5453)),
    0,
  ),
);
const stretches = all.map((of) => Math.floor((3001 * (of + 1)) / size) - Math.floor((3001 * of) / size));
const scattered = Float32Array.from(rough);
await mpi.reduceScatter(scattered, stretches);
await mpi.allGather(scattered, stretches);
expect(
  'added up in the order of ranks',
  scattered.every((each, i) => each === inOrder[i]),
);
// The same of an array that comes to be ready in parts, in another order on each rank, and of which some is left to the end.
const long = 2 ** 19 + 77;
const given = (i: number, of = rank): number => Math.fround(Math.sin(i * 12.9898 + of * 78.233) * 43758.5453);
const lengthsOfLong = all.map((of) => (of === 0 ? long - 1000 * (size - 1) : 1000));
const ownFrom = lengthsOfLong.slice(0, rank).reduce((a, b) => a + b, 0);
const late = new Float32Array(long);
const begun = await mpi.beginReduceScatter(late, lengthsOfLong);
const cuts = [0, 1, 2 ** 16 + 3, 2 ** 17, 2 ** 17, 400_000, long - 1500, long - 900];
const parts = cuts.slice(1).map((to, i) => [cuts[i]!, to] as const);
for (const [from, to] of rank % 2 === 0 ? parts : parts.toReversed()) {
  for (let i = from; i < to; i++) late[i] = given(i);
  begun.ready(from, to);
}
const refused = [
  [5, 6],
  [-1, 0],
  [3, 2],
  [0, long + 1],
  [0.5, 2],
].map(([from, to]) => {
  try {
    begun.ready(from!, to!);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
});
expect(
  `not ready twice, or outside: ${refused}`,
  refused.every((each, i) =>
    each.endsWith(
      i === 0 ? 'of which some was ready before' : `allowed whole numbers from 0 to ${long}, in order`,
    ),
  ),
);
for (let i = cuts.at(-1)!; i < long; i++) late[i] = given(i);
expect('ended with the array', (await begun.end()) === late);
const sumAt = (i: number): number => all.reduce((sum, of) => Math.fround(sum + given(i, of)), 0);
expect(
  'in parts, added up in the order of ranks',
  late.every(
    (each, i) => each === (i >= ownFrom && i < ownFrom + lengthsOfLong[rank]! ? sumAt(i) : given(i)),
  ),
);
await mpi.allReduce(rough);
const sumOfBits = createHash('sha256').update(new Uint8Array(rough.buffer)).digest();
const first = await mpi.broadcast(Uint8Array.from(sumOfBits));
expect('the same bits', sumOfBits.equals(first));
const failed = await mpi.allReduce(Int32Array.of(failures.length));
for (const failure of failures) process.stderr.write(`${failure}\n`);
await mpi.finalize();
if (rank === 0) {
  const bits = sumOfBits.toString('hex');
  process.stdout.write(`${JSON.stringify({ size, library: mpi.library, failed: failed[0], bits })}\n`);
}
