// A decoder-only Admin language model of emoji names, such as 'woman singer: medium skin tone': profiled, trained,
// folded into plain Post-LN, and asked to go on: npm run language-model -w examples/single-file
import { readFile } from 'node:fs/promises';
import { adminInit, reparameterize } from '@steadyformer/admin-init';
import {
  admin,
  inverseSqrt,
  KeyValueCache,
  type LanguageModel,
  languageModel,
  masked,
  type RandomStream,
  radam,
  randomStream,
  selectBackend,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import {
  Batches,
  encodeCorpus,
  evaluateLoss,
  type LossFunction,
  type TokenBatch,
  Trainer,
  trainBpe,
} from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';

const STEPS = 200;
const TEMPERATURE = 0.6;

const linesOf = async (split: string): Promise<string[]> => {
  const file = new URL(`../../corpora/emoji-names-en-de/${split}.en`, import.meta.url);
  return (await readFile(file, 'utf8')).trimEnd().split('\n');
};

console.log((await selectBackend()).message);
const [train, valid] = [await linesOf('train'), await linesOf('valid')];
const vocabulary = trainBpe(train, { merges: 400 });
// Batches are of pairs; a language model's pair is a line and itself, of which it reads the target side alone.
const batchesOf = (lines: string[]) =>
  new Batches(
    encodeCorpus(
      lines.map((line) => ({ source: line, target: line })),
      vocabulary,
    ),
    { maxTokens: 512 },
  );
const idsOf = ({ targetInput, targetShape: [B, T] }: TokenBatch) => tf.tensor2d(targetInput, [B, T], 'int32');

const rate = 0.1;
const model = languageModel({
  vocabulary: vocabulary.size,
  padId: vocabulary.pad,
  width: 64,
  heads: 4,
  feedForward: 128,
  depth: 4,
  method: admin(),
  dropout: { residual: rate, attention: rate, activation: rate },
});
const batches = batchesOf(train);
const first = idsOf(batches.batchAt(0, 0)); // [B, T]
const { stacks } = await adminInit(model, [first]);
console.log(`omega ${stacks.decoder!.map(({ omega }) => omega.toFixed(2)).join(' ')}`);

/** Cross-entropy of every next token, pads left out. */
const nextToken: LossFunction<LanguageModel, TokenBatch> = (lm, batch, context) => {
  const labels = tf.tensor1d(batch.targetOutput, 'int32'); // [B T]
  const logits = tf.reshape<tf.Rank.R2>(lm.call(idsOf(batch), context), [-1, vocabulary.size]); // [B T, V]
  const real = tf.cast(tf.notEqual(labels, vocabulary.pad), 'float32');
  const { loss, nll } = softmaxCrossEntropy(logits, labels);
  return { loss: tf.sum(masked(loss, real)), nll: tf.sum(masked(nll, real)), tokens: batch.targetTokens };
};
const perplexity = async () =>
  (await evaluateLoss(model, batchesOf(valid).epoch(), nextToken)).perplexity.toFixed(1);

const schedule = inverseSqrt({ peak: 1e-2, warmup: 40 });
const trainer = new Trainer({ model, batches, loss: nextToken, rule: radam(), schedule });
console.log(`step 0  perplexity ${await perplexity()} on ${valid.length} held-out lines`);
while (trainer.updates < STEPS) {
  const { update } = await trainer.step();
  if (update % (STEPS / 4) === 0) console.log(`step ${update}  perplexity ${await perplexity()}`);
}
trainer.dispose();

/** Goes on from a text: with the likeliest tokens, or samples from a random stream. The cache holds what was read. */
const goOn = async (lm: LanguageModel, start: string, random?: RandomStream): Promise<string> => {
  const ids = vocabulary.encode(start);
  const cache = new KeyValueCache();
  let fresh = [vocabulary.eos, ...ids]; // a line begins where another ended
  while (ids.length < 30) {
    const next = tf.tidy(() => {
      const logits = lm.call(tf.tensor2d(fresh, [1, fresh.length], 'int32'), { cache }); // [1, fresh, V]
      const last = tf.reshape<tf.Rank.R1>(tf.slice(logits, [0, fresh.length - 1, 0], [1, 1, -1]), [-1]); // [V]
      return tf.softmax(tf.div<tf.Tensor1D>(last, TEMPERATURE));
    });
    const chances = await next.data();
    next.dispose();
    const id = random ? draw(chances, random.uniformAt(ids.length)) : chances.indexOf(Math.max(...chances));
    if (id === vocabulary.eos) break;
    ids.push(id);
    fresh = [id];
  }
  cache.dispose();
  return vocabulary.decode(ids);
};

/** The token in whose share of [0, 1) the number falls. */
const draw = (chances: ArrayLike<number>, number: number): number => {
  let sum = 0;
  for (let id = 0; id < chances.length; id++) {
    sum += chances[id]!;
    if (number < sum) return id;
  }
  return vocabulary.eos;
};

for (const start of ['woman', 'man', 'smil']) console.log(`${start} -> ${await goOn(model, start)}`);
for (const seed of [1, 2, 3]) console.log(`sample: ${await goOn(model, '', randomStream(seed))}`);

// The fold: plain Post-LN without omega, the same function.
const { model: plain, difference } = await reparameterize(model, { maxLength: 64, batch: first });
const { largest, scale } = difference;
console.log(
  `${plain.config.decoder.method.name} after the fold: logits up to ${scale.toFixed(1)} differ by ${largest.toExponential(1)}`,
);
console.log(`woman -> ${await goOn(plain, 'woman')}`);
