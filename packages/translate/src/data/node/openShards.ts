import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fields, flag, invalidArgument, parseAs, SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';
import { errorCode } from '../../checks/node/errorCode';
import { checkFolderPath } from '../../checks/node/folderPath';
import type { SchemasOf } from '../../checks/schemas';
import type { EncodedCorpus } from '../encodeCorpus';
import { checkByteOrder, decodeLengths, decodeShard, headBytes } from './shardFile';
import { decodeManifest, SHARDS, type ShardEntry } from './shardManifest';

/** Options of `openShards`. */
export interface OpenShardsOptions {
  /** Whether to read all shards now and check their checksums; otherwise each is checked as it is read. Default false. */
  readonly verify?: boolean;
}

/** A corpus in files, read a shard at a time. */
export interface Shards {
  /** Sentence pairs in all. */
  readonly pairs: number;
  /** Number of shards. */
  readonly shards: number;
  /** Which vocabulary they were encoded with: its SHA-256. Undefined where `writeShards` was not told. */
  readonly vocabulary?: string;
  /** What each shard holds: counts, size in bytes, SHA-256. */
  readonly entries: readonly ShardEntry[];
  /** The pairs of a shard, counted from 0. @throws SteadyformerError where it is missing or damaged */
  read(shard: number): EncodedCorpus;
  /** As `read`, without ids: offsets alone, and no checksum. */
  readLengths(shard: number): EncodedCorpus;
}

const missing = (path: string, error: unknown): SteadyformerError =>
  new SteadyformerError(`the shard '${path}' cannot be read (${errorCode(error)}). Write the shards anew.`, {
    cause: error,
  });

/** A whole file, or its first bytes. */
const readBytes = (path: string, length?: number): Uint8Array => {
  try {
    if (length === undefined) return readFileSync(path);
    const file = openSync(path, 'r');
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw missing(path, error);
  }
};

const checkSize = (path: string, { bytes }: ShardEntry): void => {
  let size: number;
  try {
    size = statSync(path).size;
  } catch (error) {
    throw missing(path, error);
  }
  if (size === bytes) return;
  throw new SteadyformerError(
    `the shard '${path}' is damaged: it has ${size} bytes, not ${bytes}. Write the shards anew.`,
  );
};

/**
 * Opens a folder that `writeShards` wrote; checks shards.json and the sizes of the shards.
 *
 * @throws SteadyformerError where it is none, of another version, or a shard is missing or cut off; with `verify` also
 *   where one is damaged
 */
export const openShards = async (folder: string, options: OpenShardsOptions = {}): Promise<Shards> => {
  const schema = fields({ verify: v.optional(flag(), false) } satisfies SchemasOf<OpenShardsOptions>);
  const { verify } = parseAs(schema, options, 'openShards()');
  checkByteOrder();
  const root = checkFolderPath('openShards() folder', folder);
  const source = await readFile(join(root, SHARDS), 'utf8').catch((error: unknown) => {
    throw new SteadyformerError(
      `no shards in '${folder}': ${SHARDS} cannot be read (${errorCode(error)}). Name a folder that writeShards ended.`,
      { cause: error },
    );
  });
  const { shards: entries, vocabulary } = decodeManifest(source, join(folder, SHARDS));
  const entryAt = (shard: number): { readonly entry: ShardEntry; readonly path: string } => {
    const entry = entries[shard];
    if (entry) return { entry, path: join(root, entry.name) };
    throw invalidArgument({ what: 'shard', received: shard, allowed: `0 to ${entries.length - 1}` });
  };
  const read = (shard: number): EncodedCorpus => {
    const { entry, path } = entryAt(shard);
    checkSize(path, entry);
    const bytes = readBytes(path);
    if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256) {
      throw new SteadyformerError(
        `the shard '${path}' is damaged (its checksum differs). Write the shards anew.`,
      );
    }
    return decodeShard(bytes, entry, path);
  };
  const readLengths = (shard: number): EncodedCorpus => {
    const { entry, path } = entryAt(shard);
    const { source, target } = decodeLengths(readBytes(path, headBytes(entry.pairs)), entry, path);
    const ids = new Int32Array(0);
    return { source: { ids, offsets: source }, target: { ids, offsets: target } };
  };
  for (const shard of entries.keys()) {
    const { entry, path } = entryAt(shard);
    checkSize(path, entry);
    if (verify) read(shard);
  }
  const pairs = entries.reduce((sum, entry) => sum + entry.pairs, 0);
  const named = vocabulary === undefined ? {} : { vocabulary };
  return { pairs, shards: entries.length, ...named, entries, read, readLengths };
};
