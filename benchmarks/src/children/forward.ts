// The forward pass of core's encoder-decoder without the output projection, or its training step. Argument: JSON of
// ForwardOptions.
import {
  adam,
  lossAndGradient,
  Optimizer,
  postLN,
  randomStream,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { translationLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, useBackend } from './backend';
import { tokenBatch } from './model';
import { serve } from './serve';
import { uniform } from './task';

/** One size of the work. */
export interface ForwardCase {
  readonly name: string;
  /** Blocks of each stack. */
  readonly depth: number;
  readonly sentences: number;
  /** Tokens of a sentence, on each side. */
  readonly time: number;
}

export interface ForwardOptions {
  readonly backend: BackendName;
  readonly fused: boolean;
  readonly width: number;
  /** Loss, gradient and Adam, with dropout 0.1. Default: the forward pass alone. */
  readonly training?: boolean;
  readonly cases: readonly ForwardCase[];
}

const VOCABULARY = 100;
const PAD = 1;
const { backend, fused, width, training = false, cases } = JSON.parse(process.argv[2]!) as ForwardOptions;

/** A step of the work, and what frees it. */
interface Work {
  readonly step: () => Promise<void>;
  readonly dispose: () => void;
}

const modelOf = (depth: number): Transformer =>
  transformer({
    vocabulary: VOCABULARY,
    padId: PAD,
    width,
    heads: width / 64,
    depth,
    method: postLN(),
    ...(training ? { dropout: { residual: 0.1, attention: 0.1 } } : {}),
  });

const randomIds = (count: number): number[] => {
  const next = uniform(1);
  return Array.from({ length: count }, () => Math.floor(2 + next() * (VOCABULARY - 2)));
};

const forwardWork = ({ depth, sentences, time }: ForwardCase): Work => {
  const model = modelOf(depth);
  const ids = tf.tensor2d(randomIds(sentences * time), [sentences, time], 'int32');
  return {
    step: async () => {
      const hidden = tf.tidy(() => model.decode(ids, model.encode(ids)));
      await hidden.data();
      hidden.dispose();
    },
    dispose: () => {
      model.dispose();
      ids.dispose();
    },
  };
};

const trainingWork = ({ depth, sentences, time }: ForwardCase): Work => {
  const model = modelOf(depth);
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, adam());
  const ids = randomIds(sentences * time);
  const sizes = { rows: sentences, sourceTime: time, targetTime: time };
  const batch = tokenBatch({ ...sizes, source: ids, target: ids, labels: ids }, { padId: PAD });
  const lossOf = translationLoss(0.1, PAD);
  const random = randomStream(1);
  let updates = 0;
  return {
    step: async () => {
      const context = { training: true, random: random.fork(updates++) };
      const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model, batch, context).loss);
      optimizer.step(gradient, 1e-4, 1 / batch.targetTokens);
      await loss.data();
      tf.dispose([loss, gradient]);
    },
    dispose: () => {
      optimizer.dispose();
      model.dispose();
    },
  };
};

await serve(async () => ({
  versions: await useBackend(backend, fused),
  cases: Object.fromEntries(
    cases.map((each) => [each.name, () => (training ? trainingWork : forwardWork)(each)]),
  ),
}));
