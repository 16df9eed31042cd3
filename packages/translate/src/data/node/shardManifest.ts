import { fields, isRecord, parseAs, SteadyformerError, show, text, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { listOf, needed, sha256Sum } from '../../checks/schemas';
import type { ShardCounts } from './shardFile';

/** The file that names the shards and vouches for them. */
export const SHARDS = 'shards.json';
const FORMAT = 'steadyformer-shards';
const VERSION = 1;
const NEXT = 'Write the shards anew.';

/** A shard in the manifest: its counts, file and checksum. */
export interface ShardEntry extends ShardCounts {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The name of shard `index`. */
export const shardName = (index: number): string => `shard-${String(index).padStart(6, '0')}.bin`;
/** Whether an interrupted writer may have left a file of this name. */
export const isShardFile = (name: string): boolean =>
  /^(shard-\d{6,}\.bin|shards\.json)(\.[0-9a-f]{16}\.partial)?$/u.test(name) && name !== SHARDS;

const totalsOf = (shards: readonly ShardEntry[]): ShardCounts => {
  const sum = (name: keyof ShardCounts): number => shards.reduce((total, shard) => total + shard[name], 0);
  return { pairs: sum('pairs'), sourceTokens: sum('sourceTokens'), targetTokens: sum('targetTokens') };
};

/** What shards.json says. */
export interface ShardManifest {
  readonly shards: readonly ShardEntry[];
  /** Which vocabulary the ids are of, as `vocabularySum` names it. */
  readonly vocabulary?: string;
}

/** The text of shards.json. */
export const encodeManifest = ({ shards, vocabulary }: ShardManifest): string => {
  const head = { format: FORMAT, version: VERSION, ...(vocabulary === undefined ? {} : { vocabulary }) };
  return `${JSON.stringify({ ...head, ...totalsOf(shards), shards }, null, 1)}\n`;
};

const counts = () => ({
  pairs: needed(whole()),
  sourceTokens: needed(whole(0)),
  targetTokens: needed(whole(0)),
});
const manifest = () =>
  fields({
    ...{ format: v.unknown(), version: v.unknown(), vocabulary: v.optional(sha256Sum()) },
    ...counts(),
    shards: needed(listOf<unknown>('a list of shards', isRecord)),
  });
const entry = () =>
  fields({ name: needed(text()), bytes: needed(whole()), sha256: needed(sha256Sum()), ...counts() });

/** Reads shards.json. @throws SteadyformerError where it is damaged, or of another version */
export const decodeManifest = (source: string, path: string): ShardManifest => {
  let json: unknown;
  try {
    json = JSON.parse(source);
  } catch {
    throw new SteadyformerError(`'${path}' is damaged: it is not JSON. ${NEXT}`);
  }
  const { format, version } = (isRecord(json) ? json : {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT || version !== VERSION) {
    throw new SteadyformerError(
      `'${path}': received format ${show(format)} version ${show(version)}, allowed '${FORMAT}' version ${VERSION}. ${NEXT}`,
    );
  }
  const { shards: list, vocabulary, ...said } = parseAs(manifest(), json, path, NEXT);
  const shards = list.map((one, i): ShardEntry => parseAs(entry(), one, `${path}.shards[${i}]`, NEXT));
  const now = totalsOf(shards);
  const names = ['pairs', 'sourceTokens', 'targetTokens'] as const;
  const isWhole =
    shards.every(({ name }, i) => name === shardName(i)) && names.every((n) => said[n] === now[n]);
  if (isWhole && shards.length > 0) return { shards, ...(vocabulary === undefined ? {} : { vocabulary }) };
  throw new SteadyformerError(`'${path}' is damaged: its shards are not those it counts. ${NEXT}`);
};
