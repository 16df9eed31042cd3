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
import { decodeManifest, encodeManifest, MANIFEST, type Manifest, MODEL, OPTIMIZER } from './manifest';
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

const vector = (data: Float32Array): { shape: number[]; data: Float32Array } => ({
  shape: [data.length],
  data,
});

/** A checkpoint as files. What they hold is what it is when this is called, whatever changes before they are made. */
export const encodeCheckpoint = async (checkpoint: Checkpoint): Promise<CheckpointFiles> => {
  const { config, parameters, vocabulary, training, profile } = checkpoint;
  const files: Record<string, Uint8Array> = {
    [MODEL]: encodeSafetensors(parameters, { format: 'steadyformer', config: JSON.stringify(config) }),
  };
  if (training) {
    const { m, v } = training.optimizer;
    files[OPTIMIZER] = encodeSafetensors({ m: vector(m), v: vector(v) });
  }
  const said = JSON.parse(
    JSON.stringify({
      config,
      vocabulary,
      training: training ? trainingOf(training) : null,
      profile: profile ?? null,
    }),
  ) as Omit<Manifest, 'checksums'>;
  const checksums: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) checksums[name] = await sha256(bytes);
  return { ...files, [MANIFEST]: await encodeManifest({ ...said, checksums }) };
};

const trainingOf = ({
  rule,
  position,
  settings,
  optimizer,
}: NonNullable<Checkpoint['training']>): Manifest['training'] => ({
  rule,
  position,
  updates: optimizer.updates,
  ...(settings ? { settings } : {}),
});

/** Reads a checkpoint from its files. Throws where one is missing, damaged or of another format. */
export const decodeCheckpoint = async (files: CheckpointFiles): Promise<Checkpoint> => {
  const bytes = files[MANIFEST];
  if (!bytes) throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is missing`);
  const { config, vocabulary, training, profile, checksums } = await decodeManifest(bytes);
  await checkFiles(files, checksums);
  return {
    config,
    parameters: decodeSafetensors(files[MODEL]!).tensors,
    vocabulary: Bpe.fromJSON(vocabulary),
    ...(training ? { training: readTraining(training, files[OPTIMIZER]!) } : {}),
    ...(profile ? { profile } : {}),
  };
};

/** Throws where a file is missing or is not the one that the manifest vouches for. */
const checkFiles = async (files: CheckpointFiles, checksums: Manifest['checksums']): Promise<void> => {
  for (const [name, expected] of Object.entries(checksums)) {
    const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
    if (!bytes) throw new SteadyformerError(`checkpoint: ${name} is missing`);
    if ((await sha256(bytes)) !== expected) {
      throw new SteadyformerError(`checkpoint: ${name} is damaged (its checksum differs); use another copy`);
    }
  }
};

const readTraining = (
  { updates, ...rest }: NonNullable<Manifest['training']>,
  bytes: Uint8Array,
): NonNullable<Checkpoint['training']> => {
  const { m, v } = decodeSafetensors(bytes).tensors;
  if (!m || !v || m.data.length !== v.data.length) {
    throw new SteadyformerError(
      `checkpoint: ${OPTIMIZER} holds no two moments of one size; use another copy`,
    );
  }
  return { ...rest, optimizer: { updates, m: m.data, v: v.data } };
};
