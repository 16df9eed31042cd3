import { checkProfile, type Profile } from '@steadyformer/admin-init';
import type { LanguageModelConfig, RuleConfig, TransformerConfig } from '@steadyformer/core';
import {
  anyRecord,
  checkedBy,
  checkRecord,
  fields,
  parseAs,
  SteadyformerError,
  show,
  text,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { needed, sha256Sum } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import type { BpeJson } from '../subwords/bpeJson';
import { position, type TrainerState } from '../training/trainerState';
import { partOf } from './partOf';
import { sha256 } from './sha256';

/** The file that names the others and vouches for them, and for itself. */
export const MANIFEST = 'checkpoint.json';
export const MODEL = 'model.safetensors';
export const OPTIMIZER = 'optimizer.safetensors';

const FORMAT = 'steadyformer-checkpoint';
const WHERE = `${MANIFEST}: manifest`;
const NEXT = 'The file is damaged or was edited by hand; use another copy.';

const training = () =>
  fields({
    rule: needed(fields({ name: text(), options: v.optional(anyRecord()) })),
    position: needed(position()),
    updates: needed(whole(0)),
    /** Of the moving average, where there is one. */
    average: v.optional(fields({ updates: needed(whole(0)) })),
    /** Numbers of the outer steps' velocity, where there is one. */
    outer: v.optional(fields({ size: needed(whole()) })),
    settings: v.optional(anyRecord()),
    /** What the run keeps. */
    run: v.optional(anyRecord()),
  });

const shared = () => ({
  format: v.unknown(),
  config: needed(anyRecord()),
  vocabulary: needed(anyRecord()),
  training: needed(v.nullable(training())),
  profile: needed(v.nullable(anyRecord())),
  /** SHA-256 of the other files. */
  checksums: needed(
    checkedBy<Readonly<Record<string, string>>>((sums) => {
      checkRecord(`${WHERE}.checksums`, sums, 'SHA-256 sums by name');
      for (const [name, value] of Object.entries(sums))
        parseAs(sha256Sum(), value, `${WHERE}.checksums.${name}`, NEXT);
    }),
  ),
});

/** What the manifest of a version says. In the first, which earlier releases wrote, nothing vouches for the manifest. */
const manifestFields = (version: 1 | 2) =>
  version === 1
    ? fields({ ...shared(), version: v.unknown() })
    : fields({
        ...shared(),
        version: v.unknown(),
        /** SHA-256 of the manifest with zeros in this place. */
        checksum: sha256Sum(),
      });

/** Models that have a checkpoint, as JSON. */
export type SavedConfig = TransformerConfig | LanguageModelConfig;

/** What checkpoint.json says, the checksum apart. */
export interface Manifest {
  readonly config: SavedConfig;
  /** Joint, or one a side. */
  readonly vocabulary: BpeJson | Readonly<Record<'source' | 'target', BpeJson>>;
  readonly training:
    | ({
        readonly rule: RuleConfig;
        readonly updates: number;
        readonly average?: { readonly updates: number };
        readonly outer?: { readonly size: number };
        readonly run?: Settings;
      } & Omit<TrainerState, 'optimizer' | 'average'>)
    | null;
  readonly profile: Profile | null;
  readonly checksums: Readonly<Record<string, string>>;
}

const ZEROS = '0'.repeat(64);
const CHECKSUM = /"checksum": "([0-9a-f]{64})"/u;

/** The bytes of checkpoint.json. */
export const encodeManifest = async (manifest: Manifest): Promise<Uint8Array> => {
  const head = { checksum: ZEROS, format: FORMAT, version: 2 };
  const open = `${JSON.stringify({ ...head, ...manifest }, null, 2)}\n`;
  const sum = await sha256(new TextEncoder().encode(open));
  return new TextEncoder().encode(open.replace(ZEROS, sum));
};

/** The manifest as JSON, checked to be one of ours whatever its version. */
const parse = (
  bytes: Uint8Array,
): { readonly text: string; readonly json: unknown; readonly version: 1 | 2 } => {
  let json: unknown;
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(source);
  } catch {
    throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is not JSON. ${NEXT}`);
  }
  checkRecord(`not a checkpoint: ${MANIFEST}`, json, 'an object of format, version, ...', NEXT);
  const { format, version } = json as { readonly format?: unknown; readonly version?: unknown };
  if (format !== FORMAT || (version !== 1 && version !== 2)) {
    throw new SteadyformerError(
      `not a checkpoint this version reads: ${MANIFEST}: format ${show(format)} version ${show(version)}, ` +
        `allowed '${FORMAT}' version 1 or 2; use a release as new as the one that wrote it`,
    );
  }
  return { text: source, json, version };
};

/** Whether the bytes are a manifest of ours, of a version that is known. */
export const isManifest = (bytes: Uint8Array): boolean => {
  try {
    parse(bytes);
    return true;
  } catch {
    return false;
  }
};

/** Reads checkpoint.json. @throws SteadyformerError where it is damaged, or not what a checkpoint has. */
export const decodeManifest = async (bytes: Uint8Array): Promise<Manifest> => {
  const { text: source, json, version } = parse(bytes);
  if (version === 2) {
    const said = CHECKSUM.exec(source)?.[1];
    const open = new TextEncoder().encode(said ? source.replace(said, ZEROS) : source);
    if ((await sha256(open)) !== said) {
      throw new SteadyformerError(`checkpoint: ${MANIFEST} is damaged (its checksum differs). ${NEXT}`);
    }
  }
  const read = parseAs(manifestFields(version), json, WHERE, NEXT);
  const { config, vocabulary, profile, checksums } = read;
  for (const name of [MODEL, ...(read.training ? [OPTIMIZER] : [])]) {
    if (!Object.hasOwn(checksums, name)) {
      throw new SteadyformerError(`checkpoint: ${MANIFEST} names no ${name}. ${NEXT}`);
    }
  }
  // What these three may hold in detail is for their owners to check: core, Bpe.fromJSON and admin-init.
  return {
    config: config as unknown as SavedConfig,
    vocabulary: vocabulary as unknown as Manifest['vocabulary'],
    training: read.training as Manifest['training'],
    profile: profile && partOf(MANIFEST, () => checkProfile(profile)),
    checksums,
  };
};
