import type { Profile } from '@steadyformer/admin-init';
import {
  decodeSafetensors,
  encodeSafetensors,
  type RuleConfig,
  type StateDict,
  SteadyformerError,
  type TransformerConfig,
} from '@steadyformer/core';
import { Bpe } from '../subwords/bpe';
import type { TrainerState } from '../training/trainer';
import { sha256 } from './sha256';

/** A model with its vocabulary, and what is needed to go on training it. */
export interface Checkpoint {
  readonly config: TransformerConfig;
  readonly parameters: StateDict;
  readonly vocabulary: Bpe;
  /** Absent where the model is for use only. */
  readonly training?: TrainerState & { readonly rule: RuleConfig };
  /** How omega was initialized, where it was. */
  readonly profile?: Profile;
}

/** Files of a checkpoint by name. */
export type CheckpointFiles = Readonly<Record<string, Uint8Array>>;

interface Manifest {
  readonly format: 'steadyformer-checkpoint';
  readonly version: 1;
  readonly config: TransformerConfig;
  readonly vocabulary: ReturnType<Bpe['toJSON']>;
  readonly training: {
    readonly rule: RuleConfig;
    readonly position: TrainerState['position'];
    readonly updates: number;
  } | null;
  readonly profile: Profile | null;
  /** SHA-256 of the other files. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** The file that names and vouches for the others. */
export const MANIFEST = 'checkpoint.json';
const MODEL = 'model.safetensors';
const OPTIMIZER = 'optimizer.safetensors';

const text = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

const vector = (data: Float32Array): { shape: number[]; data: Float32Array } => ({
  shape: [data.length],
  data,
});

/** A checkpoint as files. */
export const encodeCheckpoint = async (checkpoint: Checkpoint): Promise<CheckpointFiles> => {
  const { config, parameters, vocabulary, training, profile } = checkpoint;
  const files: Record<string, Uint8Array> = {
    [MODEL]: encodeSafetensors(parameters, { format: 'steadyformer', config: JSON.stringify(config) }),
  };
  if (training) {
    const { m, v } = training.optimizer;
    files[OPTIMIZER] = encodeSafetensors({ m: vector(m), v: vector(v) });
  }
  const checksums: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) checksums[name] = await sha256(bytes);
  const manifest: Manifest = {
    format: 'steadyformer-checkpoint',
    version: 1,
    config,
    vocabulary: vocabulary.toJSON(),
    training: training
      ? { rule: training.rule, position: training.position, updates: training.optimizer.updates }
      : null,
    profile: profile ?? null,
    checksums,
  };
  return { ...files, [MANIFEST]: text(manifest) };
};

const readManifest = (bytes: Uint8Array | undefined): Manifest => {
  if (!bytes) throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is missing`);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  } catch {
    throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is not JSON`);
  }
  if (manifest.format !== 'steadyformer-checkpoint' || manifest.version !== 1) {
    throw new SteadyformerError(
      `not a checkpoint this version reads: format '${manifest.format}' version ${manifest.version}, ` +
        "allowed 'steadyformer-checkpoint' version 1",
    );
  }
  return manifest;
};

/** Reads a checkpoint from its files. Throws where one is missing, damaged or of another format. */
export const decodeCheckpoint = async (files: CheckpointFiles): Promise<Checkpoint> => {
  const manifest = readManifest(files[MANIFEST]);
  for (const [name, expected] of Object.entries(manifest.checksums)) {
    const bytes = files[name];
    if (!bytes) throw new SteadyformerError(`checkpoint: ${name} is missing`);
    if ((await sha256(bytes)) !== expected) {
      throw new SteadyformerError(`checkpoint: ${name} is damaged (its checksum differs); use another copy`);
    }
  }
  const { config, vocabulary, training, profile } = manifest;
  return {
    config,
    parameters: decodeSafetensors(files[MODEL]!).tensors,
    vocabulary: Bpe.fromJSON(vocabulary),
    ...(training ? { training: readTraining(training, files[OPTIMIZER]!) } : {}),
    ...(profile ? { profile } : {}),
  };
};

const readTraining = (
  { rule, position, updates }: NonNullable<Manifest['training']>,
  bytes: Uint8Array,
): NonNullable<Checkpoint['training']> => {
  const { m, v } = decodeSafetensors(bytes).tensors;
  return { rule, position, optimizer: { updates, m: m!.data, v: v!.data } };
};
