import {
  finite,
  invalidArgument,
  isRecord,
  oneOf,
  parseAs,
  ruleFrom,
  SteadyformerError,
  such,
  text,
} from '@steadyformer/core';
import { checkOuter } from './outerTogether';
import { scheduleOf } from './schedule';
import { key, type Section, schemaOf, section, withoutNulls } from './section';
import {
  type BatchesConfig,
  batchesSection,
  type DataConfig,
  dataSection,
  shardsOf,
  type VocabularyConfig,
  vocabularySection,
} from './sections/data';
import { type ModelConfig, modelSection, type ProfileConfig, profileSection } from './sections/model';
import { type OuterConfig, outerSection } from './sections/outer';
import {
  type AverageConfig,
  averageSection,
  type CheckpointsConfig,
  checkpointsSection,
  type DecodingConfig,
  decodingSection,
  type EarlyStoppingConfig,
  earlyStoppingSection,
  type LogConfig,
  logSection,
  type ValidationConfig,
  validationSection,
  type WatchConfig,
  watchSection,
} from './sections/progress';
import {
  type OptimizerConfig,
  optimizerSection,
  type TrainingConfig,
  trainingSection,
} from './sections/training';

/** What a run trains. */
export type RunKind = 'translation' | 'languageModel';

/** A whole run as data, every default filled in. `configKeys()` says what each key is for. */
export interface RunConfig {
  readonly kind: RunKind;
  readonly output: string;
  readonly seed: number;
  readonly backend: string;
  readonly replicas: 'auto' | number;
  readonly data: DataConfig;
  readonly vocabulary: VocabularyConfig;
  readonly batches: BatchesConfig;
  readonly model: ModelConfig;
  readonly profile: ProfileConfig;
  readonly optimizer: OptimizerConfig;
  readonly training: TrainingConfig;
  readonly outer: OuterConfig;
  readonly validation: ValidationConfig;
  readonly earlyStopping: EarlyStoppingConfig;
  readonly checkpoints: CheckpointsConfig;
  readonly average: AverageConfig;
  readonly watch: WatchConfig;
  readonly decoding: DecodingConfig;
  readonly log: LogConfig;
}

/** A config as it is written: all but `data.train` may be left out, or be null. */
export type GivenConfig = Readonly<Record<string, unknown>>;

/** Every key with its schema, default and meaning. */
export const configKeys = (): Section<RunConfig> =>
  section('A training run of Steadyformer, from text to a trained model.', {
    kind: key("'translation', or 'languageModel'.", oneOf(['translation', 'languageModel']), 'translation'),
    output: key(
      'The folder of the run: config, log, checkpoints, and at the end the model.',
      text(),
      'runs/model',
    ),
    seed: key('Of weights, dropout and shuffling.', finite(), 1),
    backend: key("What computes: 'auto', 'onnxruntime', 'tensorflow', 'wasm', 'cpu'.", text(), 'auto'),
    replicas: key(
      "Replicas that share each batch, threads on onnxruntime, processes elsewhere, on GPUs one each: a number, or 'auto' to measure once which is fastest. Numbers are repeated to the bit only with as many.",
      such<'auto' | number>(
        "whole numbers >= 1, or 'auto'",
        (value) => value === 'auto' || (Number.isSafeInteger(value) && Number(value) >= 1),
      ),
      'auto',
    ),
    data: dataSection(),
    vocabulary: vocabularySection(),
    batches: batchesSection(),
    model: modelSection(),
    profile: profileSection(),
    optimizer: optimizerSection(),
    training: trainingSection(),
    outer: outerSection(),
    validation: validationSection(),
    earlyStopping: earlyStoppingSection(),
    checkpoints: checkpointsSection(),
    average: averageSection(),
    watch: watchSection(),
    decoding: decodingSection(),
    log: logSection(),
  });

let schema: ReturnType<typeof schemaOf<RunConfig>> | undefined;

/**
 * A config, checked, with its defaults.
 *
 * @param where what errors call it, such as its file
 * @throws SteadyformerError on an unknown key, naming the nearest, on a value that is not allowed, and on keys that have
 *   no effect together
 */
export const runConfig = (given: unknown, where = 'config'): RunConfig => {
  schema ??= schemaOf(configKeys());
  const present = withoutNulls(given, where);
  const config = parseAs(schema, present, where);
  const own = isRecord(present) ? present : {};
  checkKind(config, own, where);
  checkTogether(config, where);
  checkShards(config, own, where);
  return config;
};

/** What only one kind of run reads. */
export const ONLY: Readonly<Record<RunKind, readonly string[]>> = {
  translation: [
    'data.filter',
    'data.blank',
    'vocabulary.shared',
    'batches.maxSentences',
    'batches.maxLength',
    'batches.bucketWidth',
    'validation.bleu',
    'validation.sentences',
    'decoding',
  ],
  languageModel: ['batches.length'],
};

const valueAt = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), config);

/** Whether a key is there with a value of its own: a config with its defaults filled in has the keys of both kinds. */
const isGiven = (config: unknown, path: string): boolean => {
  const value = valueAt(config, path);
  if (value === undefined) return false;
  schema ??= schemaOf(configKeys());
  const defaults = parseAs(schema, { data: { train: 'text' } }, 'defaults');
  return JSON.stringify(value) !== JSON.stringify(valueAt(defaults, path));
};

const checkKind = ({ kind, data }: RunConfig, present: GivenConfig, where: string): void => {
  const other = kind === 'translation' ? 'languageModel' : 'translation';
  const ignored = ONLY[other].find((path) => isGiven(present, path));
  if (ignored !== undefined) {
    throw new SteadyformerError(`${where}: ${ignored} has no effect where kind is '${kind}'. Leave it out.`);
  }
  const allowed =
    kind === 'translation'
      ? '{ source, target } or { path }, or a list of these'
      : 'the path of a text, or a list of paths';
  for (const part of ['train', 'valid', 'test'] as const) {
    const files: unknown = data[part];
    const wrong: unknown = (Array.isArray(files) ? files : [files]).find(
      (file) => file !== undefined && (typeof file === 'string') !== (kind === 'languageModel'),
    );
    if (wrong === undefined) continue;
    throw invalidArgument({ what: `${where}.data.${part} of kind '${kind}'`, received: wrong, allowed });
  }
};

/** What is encoded already can be neither filtered, nor held out, nor cut otherwise. */
const checkShards = ({ data, vocabulary }: RunConfig, present: GivenConfig, where: string): void => {
  if (!shardsOf(data)) return;
  const refuse = (what: string, next: string): SteadyformerError =>
    new SteadyformerError(`${where}: shards are trained on, and ${what}. ${next}`);
  if (vocabulary.file === undefined) {
    throw refuse(
      'vocabulary.file is missing',
      'Name the vocabulary.json that `steadyformer prepare` wrote beside them.',
    );
  }
  if (data.valid === undefined) throw refuse('nothing can be held out of them', 'Give data.valid.');
  const idle = [
    [vocabulary.dropout > 0, 'vocabulary.dropout'],
    [data.test === undefined && data.holdOut.test > 0, 'data.holdOut.test'],
    [data.filter.apply && isGiven(present, 'data.filter'), 'data.filter'],
  ].find(([isIdle]) => isIdle);
  if (idle) throw refuse(`${idle[1]} has no effect on token ids`, 'Leave it out, or train on text.');
};

const checkTogether = (config: RunConfig, where: string): void => {
  const { kind, validation, average, checkpoints, data, optimizer } = config;
  // Their options are for their owners to check.
  ruleFrom({ name: optimizer.name, options: optimizer.options });
  scheduleOf(optimizer);
  checkOuter(config, where);
  if (kind === 'languageModel' && validation.metric === 'bleu') {
    throw invalidArgument({
      what: `${where}.validation.metric`,
      received: 'bleu',
      allowed: "'loss' for a language model",
    });
  }
  if (average.last > checkpoints.keep) {
    throw invalidArgument({
      what: `${where}.average.last`,
      received: average.last,
      allowed: `at most checkpoints.keep, ${checkpoints.keep}`,
      next: 'Raise checkpoints.keep.',
    });
  }
  if (average.last > 0 && average.decay > 0) {
    throw new SteadyformerError(
      `${where}: average.last and average.decay are two ways to one model. Set one of them to 0.`,
    );
  }
  if (data.valid === undefined && data.holdOut.valid === 0) {
    throw new SteadyformerError(
      `${where}: nothing is validated on. Give data.valid, or have some of the text held out by data.holdOut.valid.`,
    );
  }
};
