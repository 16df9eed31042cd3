import { addChange, changeBytes, encodeChange } from './changeCodec';
import type { Divergence } from './lossGuard';
import { gatherTexts, type Ranks } from './ranks';

/** In what numbers a change is sent: float32, whose mean is exact, or whole numbers of 8 bits in blocks with a scale. */
export type Precision = 'float32' | 'int8';

/** What workers tell each other beside their changes. */
export interface Flags {
  /** Asked to stop. */
  readonly stop: boolean;
  readonly diverged: boolean;
}

/** What came of an exchange. */
export interface Arrived {
  /** Of any worker. */
  readonly flags: Flags;
  /** Element i of the mean of all workers' weights; of what was sent as `outer` only as long as that is what it was. */
  readonly mean: (i: number) => number;
}

/** What a worker has to send: [P] each. */
export interface Sent {
  /** The outer weights, which all workers have alike. */
  readonly outer: Float32Array;
  /** Its own. */
  readonly own: Float32Array;
  /** What earlier changes lost on the way, where they are sent as `int8`: then what all have. */
  readonly carried: Float32Array | undefined;
}

/** The workers' mean weights. All calls between them are made before it first waits, so that others may follow while it does. */
export const exchangeWeights = async (ranks: Ranks, own: Flags, sent: Sent): Promise<Arrived> => {
  const flags = Float64Array.of(own.stop ? 1 : 0, own.diverged ? 1 : 0);
  const [, mean] = await Promise.all([ranks.allReduce(flags, 'max'), meanWeights(ranks, sent)]);
  return { flags: { stop: flags[0] === 1, diverged: flags[1] === 1 }, mean };
};

const meanWeights = async (ranks: Ranks, { outer, own, carried }: Sent): Promise<(i: number) => number> => {
  const { rank, size } = ranks;
  if (!carried) {
    const sum = own.slice();
    await ranks.allReduce(sum);
    return (i) => sum[i]! / size;
  }
  const change = new Float64Array(own.length);
  for (let i = 0; i < change.length; i++) change[i] = outer[i]! - own[i]!;
  const all = Array.from({ length: size }, (_, root) =>
    root === rank ? encodeChange(change, carried) : new Uint8Array(changeBytes(change.length)),
  );
  await Promise.all(all.map((bytes, root) => ranks.broadcast(bytes, root)));
  const sum = new Float64Array(change.length);
  for (const bytes of all) addChange(bytes, sum);
  return (i) => outer[i]! - sum[i]! / size;
};

/** How training has diverged, told to all by those that have: the first of them in their order. */
export const firstDivergence = async (ranks: Ranks, own: Divergence | undefined): Promise<Divergence> => {
  const texts = await gatherTexts(ranks, own === undefined ? '' : JSON.stringify(own));
  const rank = texts.findIndex((text) => text !== '');
  if (rank === ranks.rank && own) return own;
  // Numbers that are none are null in JSON; what is said of them is in the message.
  const told = JSON.parse(texts[rank]!) as Divergence;
  return { ...told, message: `rank ${rank}: ${told.message}` };
};
