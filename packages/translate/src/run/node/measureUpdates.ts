import { clipFactor, MovingAverage, randomStream, ruleFrom } from '@steadyformer/core';
import type { TokenBatch } from '../../data/batch';
import { splitBatch } from '../../data/splitBatch';
import type { Learner } from '../../training/learner';
import { kindOf, type TokenModel } from '../../training/modelKinds';
import { groupsOf } from '../groups';
import type { RunConfig } from '../runConfig';
import type { MeasuredUpdate, MeasuredUpdates } from '../runPlan';
import { scheduleOf } from '../schedule';
import type { EpochShape } from './epochShape';
import { makeLearner } from './learner';
import type { Task } from './task';

export interface MeasureOptions {
  readonly task: Task;
  readonly config: RunConfig;
  readonly epoch: EpochShape;
  /** Updates of the whole run. */
  readonly updates: number;
  readonly replicas: number;
  readonly entry?: URL;
  /** Also measures a sentence alone. */
  readonly parts?: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

const UPDATES = 2;

/** Makes two updates as the run would, of one batch each, and concludes from the second. The weights are others then. */
export const measureUpdates = async (options: MeasureOptions): Promise<MeasuredUpdates> => {
  const { task, config, epoch, updates, replicas, entry, onProgress } = options;
  const { optimizer, training, average, seed } = config;
  const rule = ruleFrom({ name: optimizer.name, options: optimizer.options });
  const groups = groupsOf(task.model, optimizer.groups);
  const schedule = scheduleOf(optimizer);
  const learner = await makeLearner({ task, rule, groups, training, ...(entry ? { entry } : {}) }, replicas);
  let averages: MovingAverage | undefined;
  try {
    if (average.decay > 0) averages = new MovingAverage(task.model.parameters(), { decay: average.decay });
    const made: MeasuredUpdate[] = [];
    for (const index of [epoch.largest, epoch.typical]) {
      onProgress(made.length, UPDATES);
      const batch = task.train.batchAt(0, index);
      const update = made.length + 1;
      const began = performance.now();
      const sums = await learner.gradient([batch], randomStream(seed).fork('plan').fork(update));
      const between = performance.now();
      await learner.step(schedule(update), clipFactor(sums.gradientNorm, training.clipNorm));
      averages?.update();
      const { loss, gradientNorm, tokens } = sums;
      made.push({
        ...sidesOf(batch, config),
        ...{ tokens, loss: ifFinite(loss), gradientNorm: ifFinite(gradientNorm) },
        gradientSeconds: (between - began) / 1000,
        stepSeconds: (performance.now() - between) / 1000,
      });
    }
    const typical = task.train.batchAt(0, epoch.typical);
    const part = options.parts
      ? { sentenceSeconds: await sentenceSeconds(learner, typical, task.model) }
      : {};
    const seconds = secondsOf(made, options) * updates;
    return { ...conclude(made, options), ...part, replicas, seconds };
  } finally {
    averages?.dispose();
    await learner.dispose();
  }
};

/** Once for what is done only once. */
const TIMES = 2;

/** Seconds of the gradient of one sentence of a batch, which is the least that a rank may have of it. */
const sentenceSeconds = async (
  learner: Learner<TokenBatch>,
  batch: TokenBatch,
  { config }: TokenModel,
): Promise<number> => {
  const { read } = kindOf(config);
  const [sentence] = splitBatch(read(batch), batch.targetShape[0], config.padId);
  let seconds = 0;
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    await learner.gradient([sentence!], randomStream(i));
    learner.discard();
    seconds = (performance.now() - began) / 1000;
  }
  return seconds;
};

const ifFinite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const sidesOf = (
  { sourceShape, targetShape }: TokenBatch,
  { kind }: RunConfig,
): Pick<MeasuredUpdate, 'source' | 'target'> => ({
  source: kind === 'translation' ? [...sourceShape] : [0, 0],
  target: [...targetShape],
});

/** Of a mean update: gradients take as long as their batches have positions, a step takes what it takes. */
const secondsOf = (made: readonly MeasuredUpdate[], { epoch, config }: MeasureOptions): number => {
  const { source, target, gradientSeconds, stepSeconds } = made.at(-1)!;
  const positions = source[0] * source[1] + target[0] * target[1];
  const meanPositions = epoch.positions / epoch.batches;
  return (config.training.accumulate * gradientSeconds * meanPositions) / positions + stepSeconds;
};

const conclude = (
  made: readonly MeasuredUpdate[],
  options: MeasureOptions,
): Omit<MeasuredUpdates, 'replicas' | 'seconds'> => {
  const secondsAnUpdate = secondsOf(made, options);
  const { tokens, batches } = options.epoch;
  const tokensAnUpdate = (tokens.target / batches) * options.config.training.accumulate;
  return {
    updates: made,
    tokensPerSecond: tokensAnUpdate / secondsAnUpdate,
    secondsAnUpdate,
    // Kibibytes on every platform.
    peakBytes: 1024 * process.resourceUsage().maxRSS,
  };
};
