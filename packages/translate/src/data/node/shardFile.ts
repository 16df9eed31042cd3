import { SteadyformerError } from '@steadyformer/core';
import { type EncodedCorpus, offsetsOf, type TokenLists } from '../encodeCorpus';

// A shard: a header of eight words (magic, version, bytes of an id, pairs, source tokens, target tokens, 0, 0); the
// lengths of sources, then of targets, as words; the ids of sources, then of targets. All little-endian.

const MAGIC = 0x44534653; // 'SFSD'
const VERSION = 1;
const HEADER = 32;

/** What a shard holds, as its header and the manifest say. */
export interface ShardCounts {
  readonly pairs: number;
  readonly sourceTokens: number;
  readonly targetTokens: number;
}

/** Bytes before the ids. */
export const headBytes = (pairs: number): number => HEADER + 8 * pairs;

/** Throws where the order of bytes in memory is not that of the files. */
export const checkByteOrder = (): void => {
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] === 1) return;
  throw new SteadyformerError('shards are read and written on little-endian machines only');
};

const bytesOf = (list: ArrayBufferView): Uint8Array =>
  new Uint8Array(list.buffer, list.byteOffset, list.byteLength);

const laidOut = (
  sentences: readonly Int32Array[],
  into: Uint16Array | Uint32Array,
  start: number,
): number => {
  let at = start;
  for (const sentence of sentences) {
    into.set(sentence, at);
    at += sentence.length;
  }
  return at;
};

/** The bytes of a shard: two an id where each is below 2^16, else four. */
export const encodeShard = (
  sources: readonly Int32Array[],
  targets: readonly Int32Array[],
): { readonly bytes: Uint8Array; readonly counts: ShardCounts } => {
  const count = (lists: readonly Int32Array[]): number => lists.reduce((sum, { length }) => sum + length, 0);
  const counts = { pairs: sources.length, sourceTokens: count(sources), targetTokens: count(targets) };
  const isShort = [...sources, ...targets].every((list) => list.every((id) => id < 2 ** 16));
  const total = counts.sourceTokens + counts.targetTokens;
  const ids = isShort ? new Uint16Array(total) : new Uint32Array(total);
  laidOut(targets, ids, laidOut(sources, ids, 0));
  const { BYTES_PER_ELEMENT } = ids;
  const head = Uint32Array.of(
    ...[MAGIC, VERSION, BYTES_PER_ELEMENT, counts.pairs, counts.sourceTokens, counts.targetTokens, 0, 0],
  );
  const lengths = Uint32Array.from([...sources, ...targets], ({ length }) => length);
  const bytes = new Uint8Array(HEADER + lengths.byteLength + ids.byteLength);
  bytes.set(bytesOf(head));
  bytes.set(bytesOf(lengths), HEADER);
  bytes.set(bytesOf(ids), HEADER + lengths.byteLength);
  return { bytes, counts };
};

/** Where the sentences of a shard begin, from its first `headBytes`. @throws SteadyformerError where they do not agree */
export const decodeLengths = (
  bytes: Uint8Array,
  counts: ShardCounts,
  path: string,
): { readonly source: Float64Array; readonly target: Float64Array; readonly bytesPerId: number } => {
  const { pairs, sourceTokens, targetTokens } = counts;
  const damaged = (why: string): SteadyformerError =>
    new SteadyformerError(`the shard '${path}' is damaged: ${why}. Write the shards anew.`);
  if (bytes.length < headBytes(pairs)) throw damaged('it is cut off');
  const words = new Uint32Array(Uint8Array.from(bytes.subarray(0, headBytes(pairs))).buffer);
  if (words[0] !== MAGIC) throw damaged('it does not begin as a shard does');
  if (words[1] !== VERSION) {
    throw new SteadyformerError(`the shard '${path}' has version ${words[1]}, allowed ${VERSION}`);
  }
  const bytesPerId = words[2]!;
  const agrees = [pairs, sourceTokens, targetTokens].every((count, i) => count === words[3 + i]);
  if (!agrees || (bytesPerId !== 2 && bytesPerId !== 4))
    throw damaged('its header is not what shards.json says');
  const lists = Array.from(words.subarray(8), (length) => ({ length }));
  const source = offsetsOf(lists.slice(0, pairs));
  const target = offsetsOf(lists.slice(pairs));
  if (source[pairs] !== sourceTokens || target[pairs] !== targetTokens) {
    throw damaged('its lengths are not what shards.json says');
  }
  return { source, target, bytesPerId };
};

/** The pairs of a shard. @throws SteadyformerError where it is damaged */
export const decodeShard = (bytes: Uint8Array, counts: ShardCounts, path: string): EncodedCorpus => {
  const { source, target, bytesPerId } = decodeLengths(bytes, counts, path);
  const { buffer } = Uint8Array.from(bytes.subarray(headBytes(counts.pairs)));
  const ids = bytesPerId === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  if (ids.length !== counts.sourceTokens + counts.targetTokens) {
    throw new SteadyformerError(
      `the shard '${path}' is damaged: it has ${ids.length} ids. Write the shards anew.`,
    );
  }
  const side = (offsets: Float64Array, from: number, to?: number): TokenLists => ({
    ids: Int32Array.from(ids.subarray(from, to)),
    offsets,
  });
  return { source: side(source, 0, counts.sourceTokens), target: side(target, counts.sourceTokens) };
};
