import { checkProfile, type Profile } from '@steadyformer/admin-init';
import type { RuleConfig, TransformerConfig } from '@steadyformer/core';
import { SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';
import type { Bpe } from '../subwords/bpe';
import type { TrainerState } from '../training/trainerState';
import { parseAs } from './parseAs';
import { sha256 } from './sha256';

/** The file that names the others and vouches for them, and for itself. */
export const MANIFEST = 'checkpoint.json';
export const MODEL = 'model.safetensors';
export const OPTIMIZER = 'optimizer.safetensors';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const record = v.record(v.string(), v.unknown());
const hexadecimal = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u));

const training = v.object({
  rule: v.object({ name: v.string(), options: v.optional(record) }),
  position: v.object({ epoch: count, index: count }),
  updates: count,
  settings: v.optional(record),
});

const shared = {
  format: v.literal('steadyformer-checkpoint'),
  config: record,
  vocabulary: record,
  training: v.nullable(training),
  profile: v.nullable(record),
  /** SHA-256 of the other files. */
  checksums: v.record(v.string(), hexadecimal),
};

/** As earlier releases wrote it: nothing vouches for the manifest. */
const version1 = v.object({ ...shared, version: v.literal(1) });
const version2 = v.strictObject({
  ...shared,
  version: v.literal(2),
  /** SHA-256 of the manifest with zeros in this place. */
  checksum: hexadecimal,
});
const anyVersion = v.looseObject({ format: v.string(), version: v.number() });

/** What checkpoint.json says, the checksum apart. */
export interface Manifest {
  readonly config: TransformerConfig;
  readonly vocabulary: ReturnType<Bpe['toJSON']>;
  readonly training:
    | ({ readonly rule: RuleConfig; readonly updates: number } & Omit<TrainerState, 'optimizer'>)
    | null;
  readonly profile: Profile | null;
  readonly checksums: Readonly<Record<string, string>>;
}

const ZEROS = '0'.repeat(64);
const CHECKSUM = /"checksum": "([0-9a-f]{64})"/u;
const NEXT = 'The file is damaged or was edited by hand; use another copy.';

/** The bytes of checkpoint.json. */
export const encodeManifest = async (manifest: Manifest): Promise<Uint8Array> => {
  const head = { checksum: ZEROS, format: 'steadyformer-checkpoint', version: 2 };
  const open = `${JSON.stringify({ ...head, ...manifest }, null, 2)}\n`;
  const sum = await sha256(new TextEncoder().encode(open));
  return new TextEncoder().encode(open.replace(ZEROS, sum));
};

/** The manifest as JSON, checked to be one of ours whatever its version. */
const parse = (
  bytes: Uint8Array,
): { readonly text: string; readonly json: unknown; readonly version: number } => {
  let json: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch {
    throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is not JSON`);
  }
  const { format, version } = parseAs(anyVersion, json, `not a checkpoint: ${MANIFEST}`, NEXT);
  if (format !== 'steadyformer-checkpoint' || (version !== 1 && version !== 2)) {
    throw new SteadyformerError(
      `not a checkpoint this version reads: format '${format.slice(0, 40)}' version ${version}, ` +
        "allowed 'steadyformer-checkpoint' version 1 or 2",
    );
  }
  return { text, json, version };
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
  const { text, json, version } = parse(bytes);
  if (version === 2) {
    const sum = CHECKSUM.exec(text)?.[1];
    const open = new TextEncoder().encode(sum ? text.replace(sum, ZEROS) : text);
    if ((await sha256(open)) !== sum) {
      throw new SteadyformerError(`checkpoint: ${MANIFEST} is damaged (its checksum differs). ${NEXT}`);
    }
  }
  const read = parseAs(version === 1 ? version1 : version2, json, `checkpoint: ${MANIFEST}`, NEXT);
  const { config, vocabulary, profile, checksums } = read;
  for (const name of [MODEL, ...(read.training ? [OPTIMIZER] : [])]) {
    if (!Object.hasOwn(checksums, name)) {
      throw new SteadyformerError(`checkpoint: ${MANIFEST} names no ${name}. ${NEXT}`);
    }
  }
  // What these three may hold in detail is for their owners to check: core, Bpe.fromJSON and admin-init.
  return {
    config: config as unknown as TransformerConfig,
    vocabulary: vocabulary as unknown as Manifest['vocabulary'],
    training: read.training as Manifest['training'],
    profile: profile && checkProfile(profile),
    checksums,
  };
};
