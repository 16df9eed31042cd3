import { inverseSqrt, radam } from '@steadyformer/core';
import {
  Batches,
  evaluateLoss,
  LocalLearner,
  Trainer,
  Translator,
  translationLoss,
} from '@steadyformer/translate';
import { translationReplicas } from '@steadyformer/translate/node';
import type { Corpus } from './corpus';
import type { Plan } from './plan';
import type { Prepared } from './prepare';
import { clock, row, type Screen } from './screen';

export interface TrainingRun {
  readonly plan: Plan;
  readonly corpus: Corpus;
  readonly prepared: Prepared;
  readonly seed: number;
  /** Threads that share each batch; 1 trains in this one. */
  readonly replicas: number;
  readonly screen: Screen;
  /** Ends the run after the update in progress. */
  readonly signal: AbortSignal;
  /** Called now and then, and at the end, with what a checkpoint needs, and whether all updates are done. */
  readonly save: (trainer: RunTrainer, done: boolean) => Promise<void>;
}

export type RunTrainer = Trainer<Prepared['model'], ReturnType<Batches['batchAt']>>;

/** Progress lines, sample translations and checkpoints a run. */
const REPORTS = 20;
const SAMPLES = 6;
const SAMPLE_SENTENCES = 2;

/** The paper's optimizer and schedule. Returns whether all updates were done. */
export const train = async (run: TrainingRun): Promise<boolean> => {
  const { plan, prepared, seed, replicas } = run;
  const { model, train: batches } = prepared;
  const rule = radam();
  const learner =
    replicas > 1
      ? await translationReplicas({ model, rule, count: replicas })
      : new LocalLearner({ model, rule, loss: translationLoss(0.1) });
  const schedule = inverseSqrt({ peak: plan.peakRate, warmup: plan.warmup });
  try {
    const done = await allUpdates(run, new Trainer({ batches, schedule, seed, learner }));
    if (done) await showValidation(run);
    return done;
  } finally {
    await learner.dispose();
  }
};

/** Trains, shows how it goes and saves, until all is done or the run is stopped. */
const allUpdates = async (run: TrainingRun, trainer: RunTrainer): Promise<boolean> => {
  const { plan, screen, signal, save } = run;
  const started = performance.now();
  let tokens = 0;
  let average = Number.NaN;
  screen.live(row('train', `step 0/${plan.steps}`));
  while (trainer.updates < plan.steps && !signal.aborted) {
    const report = await trainer.step();
    const { update } = report;
    tokens += report.tokens;
    average = Number.isNaN(average) ? report.nll : 0.95 * average + 0.05 * report.nll;
    const seconds = (performance.now() - started) / 1000;
    const left = (seconds / update) * (plan.steps - update);
    screen.live(
      row(
        'train',
        `step ${update}/${plan.steps}  loss ${report.loss.toFixed(3)}  perplexity ${Math.exp(average).toFixed(1)}  ` +
          `${Math.round(tokens / seconds)} tokens/s  ${clock(left)} left`,
      ),
      due(update, plan.steps, REPORTS),
    );
    if (due(update, plan.steps, SAMPLES)) {
      await showSamples(run);
      await save(trainer, false);
    }
  }
  const done = trainer.updates >= plan.steps;
  await save(trainer, done);
  return done;
};

/** True `times` times over a run, at even distances. */
const due = (update: number, steps: number, times: number): boolean =>
  Math.floor((update * times) / steps) > Math.floor(((update - 1) * times) / steps);

/** Held-out sentences as the model has them now. */
const showSamples = async ({ corpus, prepared, screen }: TrainingRun): Promise<void> => {
  const pairs = corpus.valid.slice(0, SAMPLE_SENTENCES);
  const translator = new Translator(prepared.model, prepared.vocabulary);
  const translations = await translator.translate(
    pairs.map(({ source }) => source),
    { beamSize: 1 },
  );
  for (const [i, { source }] of pairs.entries()) {
    screen.line(row('', `${source}  ->  ${translations[i]!.text}`));
  }
};

const showValidation = async ({ plan, prepared, screen, signal }: TrainingRun): Promise<void> => {
  const batches = new Batches(prepared.valid, { maxTokens: plan.maxTokens, shuffle: false });
  const { perplexity, tokens } = await evaluateLoss(prepared.model, batches.epoch(), translationLoss(0.1), {
    onProgress: (soFar) => {
      signal.throwIfAborted();
      screen.live(row('held out', `${soFar.batches}/${batches.count} batches`));
    },
  });
  screen.line(row('held out', `perplexity ${perplexity.toFixed(2)} a subword (${tokens} subwords)`));
};
