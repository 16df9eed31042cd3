import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { invalidArgument, selectBackend } from '@steadyformer/core';
import { readCorpus } from './corpus';
import type { DemoOptions } from './options';
import { type Plan, planFor } from './plan';
import { type Prepared, prepare } from './prepare';
import { showFold, showTest } from './report';
import { type SavedRun, savedRun } from './savedRun';
import { clock, row, type Screen } from './screen';
import { type RunTrainer, train } from './train';
import { checkpointIn, commandFor } from './translateText';

/** The whole demo: text in, a trained model and its translations out. Returns whether it ran to the end. */
export const run = async (options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<boolean> => {
  const started = performance.now();
  // Files are read before anything else, so that bad ones are told at once and nothing is written.
  const backend = await selectBackend(options.backend);
  const standard = planFor(backend.name);
  const corpus = await readCorpus(options, standard.corpus);
  const checkpoint = checkpointIn(options.output);
  const saved = await savedRun(checkpoint);
  const plan: Plan = { ...standard, ...(options.steps ? { steps: options.steps } : {}) };
  screen.line('Steadyformer: an Admin Transformer learns to translate\n');
  const passedOver = backend.passedOver.map(({ name, reason }) => ` (not ${name}: ${reason})`);
  screen.line(row('backend', backend.name + passedOver.join('')));
  // Only onnxruntime's tensors can lie in memory that threads share.
  const shares = backend.name === 'onnxruntime';
  if (!shares && (options.replicas ?? 1) > 1) {
    throw invalidArgument({
      what: '--replicas',
      received: options.replicas,
      allowed: `1 on ${backend.name}`,
    });
  }
  const replicas = shares ? (options.replicas ?? availableParallelism()) : 1;
  if (replicas > 1) screen.line(row('', `${replicas} threads, each with a replica of the model`));
  screen.line(row('corpus', corpus.title));
  const { length: trainSize } = corpus.train;
  screen.line(
    row('', `${trainSize} pairs to learn from, ${corpus.valid.length} + ${corpus.test.length} held out`),
  );

  const prepared = await prepare(corpus, plan, options.method, options.seed, screen);
  describeModel(prepared, plan, options, screen);

  const save = (trainer: RunTrainer, done: boolean) => saved.save(prepared, trainer, done);
  let trained = false;
  try {
    trained = await train({ plan, corpus, prepared, seed: options.seed, replicas, screen, signal, save });
    if (trained) await showTest(corpus, prepared, screen, signal);
  } catch (error) {
    // What is at work when the signal comes ends by an exception.
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) {
    screen.line(row('stopped', whatIsSaved(saved, trained, checkpoint)));
    return false;
  }
  if (options.method === 'admin') await showFold(corpus, prepared, join(options.output, 'plain'), screen);
  screen.line(row('saved', `the checkpoint to ${checkpoint}`));
  const texts = corpus.test.map(({ source }) => source);
  screen.line(row('use it', commandFor(options.output, texts)));
  screen.line(row('', `or in a program: loadTranslator('${checkpoint}') of @steadyformer/translate/node`));
  screen.line(row('time', clock((performance.now() - started) / 1000)));
  return true;
};

const whatIsSaved = (saved: SavedRun, trained: boolean, checkpoint: string): string => {
  if (trained) return `the trained model is in ${checkpoint}`;
  const state = saved.state();
  if (state === 'own') return `the last checkpoint is in ${checkpoint}`;
  if (state === 'none') return 'before the first update; nothing is saved';
  return `${checkpoint} is the earlier run's, of ${state.earlier} updates; this one did not get as far and is not saved`;
};

const describeModel = (
  { vocabulary, model, profile }: Prepared,
  plan: Plan,
  { method }: DemoOptions,
  screen: Screen,
): void => {
  const millions = (model.parameterCount() / 1e6).toFixed(2);
  screen.line(row('subwords', `${vocabulary.size} in one vocabulary (byte-pair encoding)`));
  screen.line(
    row(
      'model',
      `${plan.depth}+${plan.depth} blocks of width ${plan.width}, ${millions} M parameters, residuals: ${method}`,
    ),
  );
  for (const [stack, branches] of Object.entries(profile?.stacks ?? {})) {
    const omegas = branches.map(({ omega }) => omega.toFixed(2)).join(' ');
    screen.line(row('profile', `${stack} omega ${omegas}`));
  }
};
