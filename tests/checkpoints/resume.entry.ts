// Trains, from the start or from a checkpoint, and saves: a program that can be stopped and started again.
import {
  admin,
  fromConfig,
  inverseSqrt,
  loadStateDict,
  radam,
  selectBackend,
  stateDict,
  transformer,
} from '@steadyformer/core';
import {
  Batches,
  type Bpe,
  encodeCorpus,
  LocalLearner,
  type StepReport,
  Trainer,
  trainBpe,
  translationLoss,
} from '@steadyformer/translate';
import { loadCheckpoint, saveCheckpoint, translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';

export interface ResumeOptions {
  readonly backend: 'cpu' | 'onnxruntime';
  /** Threads; 0 for none but the first. */
  readonly replicas: number;
  readonly entry?: string;
  /** Where to go on from; absent at the start. */
  readonly from?: string;
  readonly to: string;
  readonly updates: number;
  readonly seed: number;
}

const options = JSON.parse(process.argv[2]!) as ResumeOptions;
if (options.backend === 'cpu') await tf.setBackend('cpu');
else await selectBackend('onnxruntime');

const words = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river'];
const pairs = Array.from({ length: 40 }, (_, i) => {
  const chosen = Array.from({ length: 2 + (i % 3) }, (_, j) => words[(3 * i + 5 * j) % words.length]!);
  return { source: chosen.join(' '), target: chosen.map((word) => `${word}e`).join(' ') };
});

const saved = options.from === undefined ? undefined : await loadCheckpoint(options.from);
const vocabulary =
  (saved?.vocabulary as Bpe | undefined) ??
  trainBpe(
    pairs.flatMap(({ source, target }) => [source, target]),
    { merges: 30 },
  );
const batches = new Batches(encodeCorpus(pairs, vocabulary), { maxTokens: 90, seed: options.seed });
const model = saved
  ? fromConfig(saved.config)
  : transformer(
      {
        vocabulary: vocabulary.size,
        padId: vocabulary.pad,
        width: 16,
        heads: 2,
        feedForward: 32,
        depth: 1,
        method: admin(),
        dropout: { residual: 0.1, attention: 0.1 },
      },
      options.seed,
    );
if (saved) loadStateDict(model, saved.parameters);

const rule = radam();
const learner =
  options.replicas > 0
    ? await translationReplicas({ model, rule, count: options.replicas, entry: new URL(options.entry!) })
    : new LocalLearner({ model, rule, loss: translationLoss(0.1) });
const trainer = new Trainer({
  learner,
  batches,
  schedule: inverseSqrt({ peak: 1e-2, warmup: 4 }),
  accumulate: 2,
  clipNorm: 1,
  seed: options.seed,
});
if (saved?.training) trainer.restore(saved.training);

const reports: StepReport[] = [];
for (let i = 0; i < options.updates; i++) reports.push(await trainer.step());
await saveCheckpoint(options.to, {
  config: model.config,
  parameters: await stateDict(model),
  vocabulary,
  training: { ...(await trainer.state()), rule: { name: rule.name, options: rule.options } },
});
await learner.dispose();
process.stdout.write(JSON.stringify(reports));
