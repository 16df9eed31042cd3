import {
  type BackendChoice,
  invalidArgument,
  isRecord,
  type Summary,
  selectBackend,
  summary,
} from '@steadyformer/core';
import type { Bpe } from '../../subwords/bpe';
import { bothSides, hasSides, type Vocabularies } from '../../subwords/vocabularies';
import type { TokenModel } from '../../training/modelKinds';
import { assumedVocabulary } from '../assumedVocabulary';
import { buildModel } from '../buildModel';
import { plannedDisk, plannedMemory, plannedTraining } from '../estimate';
import { groupsOf } from '../groups';
import { type GivenConfig, type RunConfig, runConfig } from '../runConfig';
import type { MeasuredUpdates, PlannedData, PlannedVocabulary, RunPlan } from '../runPlan';
import { type EpochShape, epochShape } from './epochShape';
import { checkReplicas } from './learner';
import { measureUpdates } from './measureUpdates';
import { planNotes } from './planNotes';
import { type PlanOptions, planOptions, type VocabularySize } from './planOptions';
import { prepareTask } from './prepareTask';
import { profileTask } from './profileTask';
import { checkRunFolder } from './runFolder';
import type { OnStage, Task } from './task';
import { Teller } from './teller';

/**
 * What `train` would do with a config, and what it would cost, with nothing written: the text is read and counted, the
 * vocabulary learned, the model built, its omegas profiled where its method asks for it, and two updates are made and
 * measured. With `vocabularySize` none of this needs data: the model alone. The tfjs backend is set.
 *
 * @param config as `runConfig` takes it
 * @returns plain JSON, which `planText` prints
 * @throws SteadyformerError where `train` would, before its first update
 */
export const planRun = async (
  config: GivenConfig | RunConfig,
  options: PlanOptions = {},
): Promise<RunPlan> => {
  const given = planOptions(options);
  const checked = runConfig(config, 'planRun() config');
  await checkRunFolder(checked.output);
  const backend = await selectBackend(checked.backend);
  checkReplicas(checked.replicas);
  given.onEvent?.({ event: 'backend', name: backend.name, message: backend.message });
  const parts = { config: checked, backend, options: given };
  return given.vocabularySize === undefined
    ? planWithData(parts)
    : planWithoutData(parts, given.vocabularySize);
};

interface PlanParts {
  readonly config: RunConfig;
  readonly backend: BackendChoice;
  readonly options: PlanOptions;
}

const planWithoutData = async (parts: PlanParts, size: VocabularySize): Promise<RunPlan> => {
  const { config, options } = parts;
  const { shared } = config.vocabulary;
  const one = config.kind === 'languageModel' || shared;
  if (isRecord(size) && one) {
    const allowed = 'one number: the config has one vocabulary';
    throw invalidArgument({ what: 'planRun() vocabularySize', received: size, allowed });
  }
  const vocabulary = assumedVocabulary(size, one);
  const model = buildModel(config, vocabulary, options.own);
  try {
    return await planOf(parts, { model, vocabulary: plannedVocabulary(vocabulary, 'size') });
  } finally {
    model.dispose();
  }
};

const planWithData = async (parts: PlanParts): Promise<RunPlan> => {
  const { config, options } = parts;
  const { emit } = new Teller(options.onEvent);
  const { signal } = new AbortController();
  const task = await prepareTask({ config, options }, emit, signal);
  try {
    const onStage: OnStage = (stage, done, total) =>
      options.onEvent?.({ event: 'progress', stage, done, ...(total === undefined ? {} : { total }) });
    const sides = config.kind === 'translation';
    const { count } = task.train;
    const epoch = epochShape(task.train, sides, config.model, (done) => onStage('batches', done, count));
    const data = plannedData(task, epoch);
    onStage('profiling', 0, 1);
    await profileTask(task, config);
    // Before the updates, which change the weights.
    const model = await summaryOf(task.model, config);
    const { updates } = plannedTraining(config, { batches: count, targetTokens: epoch.tokens.target });
    const { replicas } = config;
    const { entry } = options;
    const measured = await measureUpdates({
      ...{ task, config, epoch, updates, parts: options.parts ?? false },
      replicas: replicas === 'auto' ? 1 : replicas,
      ...(entry ? { entry } : {}),
      onProgress: (done, total) => onStage('measuring', done, total),
    });
    const from = config.vocabulary.file === undefined ? 'learned' : 'file';
    const vocabulary = plannedVocabulary(task.vocabulary, from);
    return await planOf(parts, { model, vocabulary, data, measured });
  } finally {
    task.model.dispose();
  }
};

interface Known {
  readonly model: TokenModel | Summary;
  readonly vocabulary: PlannedVocabulary;
  readonly data?: PlannedData;
  readonly measured?: MeasuredUpdates;
}

const planOf = async ({ config, backend }: PlanParts, known: Known): Promise<RunPlan> => {
  const { data, measured, vocabulary } = known;
  const model = 'rows' in known.model ? known.model : await summaryOf(known.model, config);
  const epoch = data && { batches: data.batches, targetTokens: data.tokens.target };
  const training = plannedTraining(config, epoch);
  const plan = {
    kind: config.kind,
    output: config.output,
    backend: backend.message,
    vocabulary,
    ...(data ? { data } : {}),
    model,
    training,
    ...(measured ? { measured } : {}),
    memory: plannedMemory(config, model, measured?.peakBytes),
    disk: plannedDisk(config, model, training.updates),
  };
  return { ...plan, notes: planNotes(config, plan) };
};

const plannedVocabulary = (
  vocabulary: Bpe | Vocabularies,
  from: PlannedVocabulary['from'],
): PlannedVocabulary => {
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  return { source: source.size, target: target.size, shared: !hasSides(vocabulary), from };
};

const plannedData = ({ counts }: Task, { batches, tokens, positions }: EpochShape): PlannedData => ({
  ...counts,
  batches,
  tokens,
  padding: 1 - (tokens.source + tokens.target) / positions,
});

const summaryOf = (model: TokenModel, { optimizer }: RunConfig): Promise<Summary> => {
  const frozen = groupsOf(model, optimizer.groups).filter((group) => group.frozen);
  const resting = new Set(frozen.flatMap(({ parameters }) => parameters.map(({ parameter }) => parameter)));
  const trained = model.parameters().filter(({ parameter }) => !resting.has(parameter));
  return summary<unknown>(model as never, { trained });
};
