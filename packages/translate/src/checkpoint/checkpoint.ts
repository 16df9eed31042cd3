import type { Profile } from '@steadyformer/admin-init';
import {
  anyRecord,
  check,
  checkedBy,
  checkRecord,
  decodeSafetensors,
  encodeSafetensors,
  fields,
  isRecord,
  type MovingAverageState,
  parseAs,
  type RuleConfig,
  type StateDict,
  SteadyformerError,
  such,
  type TransformerConfig,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import { needed, type SchemasOf } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import { Bpe } from '../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../subwords/vocabularies';
import type { LearnerState } from '../training/learner';
import { position, type TrainerState } from '../training/trainerState';
import {
  decodeManifest,
  encodeManifest,
  MANIFEST,
  type Manifest,
  MODEL,
  OPTIMIZER,
  type SavedConfig,
} from './manifest';
import { partOf } from './partOf';
import { sha256 } from './sha256';

/** A model with its vocabulary, and what is needed to go on training it. */
export interface Checkpoint<Config extends SavedConfig = TransformerConfig> {
  readonly config: Config;
  readonly parameters: StateDict;
  /** Joint, or one a side. */
  readonly vocabulary: Bpe | Vocabularies;
  /** Absent where the model is for use only. */
  readonly training?: TrainerState & {
    readonly rule: RuleConfig;
    /** What the run that saves it has to know to go on, such as how long nothing improved: plain JSON. */
    readonly run?: Settings;
  };
  /** How omega was initialized, where it was. */
  readonly profile?: Profile;
}

/** Files of a checkpoint by name. */
export type CheckpointFiles = Readonly<Record<string, Uint8Array>>;

/** A safetensors file of a checkpoint before it is written. */
export interface WeightsFile {
  readonly name: string;
  readonly tensors: StateDict;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A checkpoint in its parts: the weights, and all that the manifest says but for their checksums. */
export interface CheckpointParts {
  readonly weights: readonly WeightsFile[];
  readonly said: Omit<Manifest, 'checksums'>;
}

const vector = (data: Float32Array): { shape: number[]; data: Float32Array } => ({
  shape: [data.length],
  data,
});

const trainingOf = ({
  rule,
  position,
  settings,
  optimizer,
  average,
  run,
}: NonNullable<Checkpoint['training']>): Manifest['training'] => ({
  rule: { name: rule.name, ...(rule.options ? { options: rule.options } : {}) },
  position,
  updates: optimizer.updates,
  ...(average ? { average: { updates: average.updates } } : {}),
  ...(optimizer.outer ? { outer: { size: optimizer.outer.length } } : {}),
  ...(settings ? { settings } : {}),
  ...(run ? { run } : {}),
});

const floats = () => needed(such<Float32Array>('a Float32Array', (value) => value instanceof Float32Array));

const checkpointFields = () =>
  fields({
    config: needed(anyRecord('the config of a model')),
    parameters: needed(anyRecord('arrays by path, as stateDict() gives them')),
    vocabulary: needed(
      checkedBy<Checkpoint['vocabulary']>((value) => bothSides(value, 'checkpoint.vocabulary')),
    ),
    training: v.optional(
      fields({
        rule: needed(
          such<RuleConfig>(
            'a rule, such as radam()',
            (rule) => isRecord(rule) && typeof rule.name === 'string',
          ),
        ),
        position: needed(position()),
        settings: v.optional(anyRecord()),
        run: v.optional(anyRecord()),
        optimizer: needed(
          fields({
            ...{ updates: needed(whole(0)), m: floats(), v: floats() },
            outer: v.optional(floats()),
          } satisfies SchemasOf<LearnerState>),
        ),
        average: v.optional(
          fields({ updates: needed(whole(0)), values: floats() } satisfies SchemasOf<MovingAverageState>),
        ),
      } satisfies SchemasOf<NonNullable<Checkpoint['training']>>),
    ),
    profile: v.optional(anyRecord()),
  } satisfies SchemasOf<Checkpoint>);

/** What is given. @throws SteadyformerError on what is no checkpoint, or has something that would not be saved */
export const checkedCheckpoint = <C extends SavedConfig>(checkpoint: Checkpoint<C>): Checkpoint<C> => {
  parseAs(checkpointFields(), checkpoint, 'checkpoint');
  return checkpoint;
};

/**
 * Takes a checkpoint apart. All but the arrays is copied.
 *
 * @throws SteadyformerError on what is no checkpoint, or has something that would not be saved
 */
export const checkpointParts = (checkpoint: Checkpoint<SavedConfig>): CheckpointParts => {
  const { config, parameters, vocabulary, training, profile } = checkedCheckpoint(checkpoint);
  const model = {
    name: MODEL,
    tensors: parameters,
    metadata: { format: 'steadyformer', config: JSON.stringify(config) },
  };
  const moments = training
    ? [
        {
          name: OPTIMIZER,
          tensors: {
            m: vector(training.optimizer.m),
            v: vector(training.optimizer.v),
            ...(training.average ? { average: vector(training.average.values) } : {}),
            ...(training.optimizer.outer ? { outer: vector(training.optimizer.outer) } : {}),
          },
          metadata: {},
        },
      ]
    : [];
  const said = {
    config,
    vocabulary,
    training: training ? trainingOf(training) : null,
    profile: profile ?? null,
  };
  return {
    weights: [model, ...moments],
    said: JSON.parse(JSON.stringify(said)) as CheckpointParts['said'],
  };
};

/** A checkpoint from what its manifest says and the tensors of its other files, which it vouches for. */
export const checkpointOf = (
  { config, vocabulary, training, profile }: Manifest,
  parameters: StateDict,
  moments: StateDict = {},
): Checkpoint => ({
  config: config as TransformerConfig,
  parameters,
  vocabulary: partOf(MANIFEST, () => readVocabulary(vocabulary)),
  ...(training ? { training: readTraining(training, moments) } : {}),
  ...(profile ? { profile } : {}),
});

const readVocabulary = (vocabulary: Manifest['vocabulary']): Checkpoint['vocabulary'] => {
  if (!hasSides(vocabulary)) return Bpe.fromJSON(vocabulary);
  const { source, target } = parseAs(
    fields({ source: needed(anyRecord()), target: needed(anyRecord()) }),
    vocabulary,
    `${MANIFEST}: manifest.vocabulary`,
  );
  return { source: Bpe.fromJSON(source), target: Bpe.fromJSON(target) };
};

const readTraining = (
  { updates, average: averaged, outer: stepped, ...rest }: NonNullable<Manifest['training']>,
  moments: StateDict,
): NonNullable<Checkpoint['training']> => {
  const { m, v: squares, average, outer } = moments;
  const known = 2 + (averaged ? 1 : 0) + (stepped ? 1 : 0);
  const whole =
    m &&
    squares &&
    m.data.length === squares.data.length &&
    (!averaged || average) &&
    (!stepped || outer?.data.length === stepped.size);
  if (!whole || Object.keys(moments).length !== known) {
    throw new SteadyformerError(
      `checkpoint: ${OPTIMIZER} holds no two moments of one size${averaged ? ' and an average' : ''}${stepped ? ' and a velocity' : ''}; use another copy`,
    );
  }
  return {
    ...rest,
    optimizer: { updates, m: m.data, v: squares.data, ...(stepped ? { outer: outer!.data } : {}) },
    ...(averaged ? { average: { updates: averaged.updates, values: average!.data } } : {}),
  };
};

/** A checkpoint as files, in memory. */
export const encodeCheckpoint = async (checkpoint: Checkpoint<SavedConfig>): Promise<CheckpointFiles> => {
  const { weights, said } = checkpointParts(checkpoint);
  const files: Record<string, Uint8Array> = {};
  for (const { name, tensors, metadata } of weights) files[name] = encodeSafetensors(tensors, metadata);
  const checksums: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) checksums[name] = await sha256(bytes);
  return { ...files, [MANIFEST]: await encodeManifest({ ...said, checksums }) };
};

/** Reads a checkpoint from its files. Throws where one is missing, damaged or of another format. */
export const decodeCheckpoint = async (files: CheckpointFiles): Promise<Checkpoint> => {
  checkRecord('decodeCheckpoint() files', files, 'the bytes of files by name');
  const bytes = bytesIn(files, MANIFEST);
  if (!bytes) throw new SteadyformerError(`not a checkpoint: ${MANIFEST} is missing; give all of its files`);
  const manifest = await decodeManifest(bytes);
  await checkFiles(files, manifest.checksums);
  const tensorsOf = (name: string): StateDict => decodeSafetensors(files[name]!).tensors;
  return checkpointOf(manifest, tensorsOf(MODEL), manifest.training ? tensorsOf(OPTIMIZER) : {});
};

const bytesIn = (files: CheckpointFiles, name: string): Uint8Array | undefined => {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  const sound = bytes === undefined || bytes instanceof Uint8Array;
  check(sound, `decodeCheckpoint() files['${name}']`, bytes, 'a Uint8Array');
  return bytes;
};

/** Throws where a file is missing or is not the one that the manifest vouches for. */
const checkFiles = async (files: CheckpointFiles, checksums: Manifest['checksums']): Promise<void> => {
  for (const [name, expected] of Object.entries(checksums)) {
    const bytes = bytesIn(files, name);
    if (!bytes) throw new SteadyformerError(`checkpoint: ${name} is missing; give all of its files`);
    if ((await sha256(bytes)) !== expected) {
      throw new SteadyformerError(`checkpoint: ${name} is damaged (its checksum differs); use another copy`);
    }
  }
};
