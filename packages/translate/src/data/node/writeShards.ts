import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { check, fields, parseAs, SteadyformerError, whole } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import * as v from 'valibot';
import { errorCode, writeReason } from '../../checks/node/errorCode';
import { checkFolderPath } from '../../checks/node/folderPath';
import { isMethod, type SchemasOf } from '../../checks/schemas';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, type Vocabularies } from '../../subwords/vocabularies';
import { checkIdList, checkIds } from '../tokenIds';
import { checkByteOrder, encodeShard } from './shardFile';
import { encodeManifest, isShardFile, SHARDS, type ShardEntry, shardName } from './shardManifest';
import { vocabularySum } from './vocabularySum';

/** A sentence pair as token ids, without begin, end or padding. */
export interface EncodedPair {
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** Options of `writeShards`. */
export interface WriteShardsOptions {
  /** Sentence pairs of a shard, the last one apart. As many are in memory while they are written. Default 65536. */
  readonly pairsPerShard?: number;
  /** What the ids are of. A run that trains on the shards asks for it. */
  readonly vocabulary?: Bpe | Vocabularies;
}

const idsOf = (
  pair: EncodedPair,
  side: 'source' | 'target',
  index: number,
  vocabularies: Vocabularies | undefined,
): Int32Array => {
  const what = `writeShards() pairs[${index}].${side}`;
  const ids = pair?.[side];
  checkIdList(what, ids);
  checkIds(ids, (i) => `${what}[${i}]`, vocabularies && vocabularies[side].size - 1);
  return Int32Array.from(ids);
};

const write = async (path: string, bytes: string | Uint8Array): Promise<void> => {
  try {
    await writeFileAtomic(path, bytes);
  } catch (error) {
    throw new SteadyformerError(
      `the shard '${path}' cannot be written (${writeReason(error)}); what was written of the others is removed. Make room, or name ` +
        'another folder.',
      { cause: error },
    );
  }
};

/** Makes the folder ready: new, empty, or with what an interrupted call left, which goes. */
const prepare = async (path: string, folder: string): Promise<void> => {
  try {
    await mkdir(path, { recursive: true });
    const names = await readdir(path);
    const strange = names.find((name) => !isShardFile(name));
    if (strange === undefined) {
      await Promise.all(names.map((name) => rm(join(path, name))));
      return;
    }
    const why = strange === SHARDS ? 'shards already' : `other things ('${strange}')`;
    throw new SteadyformerError(
      `no shards can be written to '${folder}': it holds ${why}. Name a new folder.`,
    );
  } catch (error) {
    if (error instanceof SteadyformerError) throw error;
    throw new SteadyformerError(`no shards can be written to '${folder}' (${errorCode(error)}).`, {
      cause: error,
    });
  }
};

/**
 * Writes a corpus of token ids as files, a shard at a time, for `openShards`: it may be larger than memory. shards.json
 * comes last: without it, as where the call is interrupted, the folder is no corpus, and can be written to again.
 *
 * @returns how many pairs were written
 * @throws SteadyformerError where the folder holds anything, a pair is not of token ids (of the vocabulary), or there is none; what `pairs`
 *   throws; then what was written is removed
 */
export const writeShards = async (
  folder: string,
  pairs: Iterable<EncodedPair> | AsyncIterable<EncodedPair>,
  options: WriteShardsOptions = {},
): Promise<number> => {
  const schema = fields({
    pairsPerShard: v.optional(whole(), 2 ** 16),
    // bothSides() checks it.
    vocabulary: v.optional(v.any()),
  } satisfies SchemasOf<WriteShardsOptions>);
  const { pairsPerShard, vocabulary } = parseAs(schema, options, 'writeShards()');
  const both = vocabulary === undefined ? undefined : bothSides(vocabulary, 'writeShards() vocabulary');
  const named = both ? { vocabulary: vocabularySum(both) } : {};
  checkByteOrder();
  const isIterable = [Symbol.iterator, Symbol.asyncIterator].some((name) => isMethod(pairs, name as never));
  check(isIterable, 'writeShards() pairs', pairs, 'an iterable of { source, target }, lists of token ids');
  const path = checkFolderPath('writeShards() folder', folder);
  await prepare(path, folder);
  const shards: ShardEntry[] = [];
  let sources: Int32Array[] = [];
  let targets: Int32Array[] = [];
  let total = 0;
  const flush = async (): Promise<void> => {
    const { bytes, counts } = encodeShard(sources, targets);
    const name = shardName(shards.length);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    shards.push({ name, ...counts, bytes: bytes.length, sha256 });
    [sources, targets] = [[], []];
    await write(join(path, name), bytes);
  };
  try {
    for await (const pair of pairs) {
      const [source, target] = [idsOf(pair, 'source', total, both), idsOf(pair, 'target', total, both)];
      sources.push(source);
      targets.push(target);
      total++;
      if (sources.length === pairsPerShard) await flush();
    }
    if (total === 0) throw new SteadyformerError('writeShards: no pairs. Give at least one sentence pair.');
    if (sources.length > 0) await flush();
    await write(join(path, SHARDS), encodeManifest({ shards, ...named }));
    return total;
  } catch (error) {
    await Promise.all(shards.map(({ name }) => rm(join(path, name), { force: true }).catch(() => {})));
    throw error;
  }
};
