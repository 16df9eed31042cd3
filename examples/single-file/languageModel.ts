// A decoder-only Admin language model of emoji names, such as 'woman singer: medium skin tone': profiled, trained,
// folded into plain Post-LN, and asked to go on: npm run language-model -w examples/single-file
import { readFile } from 'node:fs/promises';
import { adminInit, reparameterize } from '@steadyformer/admin-init';
import {
  admin,
  inverseSqrt,
  type LanguageModel,
  languageModel,
  radam,
  selectBackend,
} from '@steadyformer/core';
import {
  Batches,
  batchTensors,
  encodeCorpus,
  evaluateLoss,
  generate,
  languageModelLoss,
  Trainer,
  trainBpe,
} from '@steadyformer/translate';

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
const { target: first } = batchTensors(batches.batchAt(0, 0)); // [B, T]
const { stacks } = await adminInit(model, [first]);
console.log(`omega ${stacks.decoder!.map(({ omega }) => omega.toFixed(2)).join(' ')}`);

const nextToken = languageModelLoss();
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

const goOn = async (lm: LanguageModel, start: string): Promise<string> =>
  start + (await generate(lm, start, { vocabulary })).text;
for (const start of ['woman', 'man', 'smil']) console.log(`${start} -> ${await goOn(model, start)}`);
for (const seed of [1, 2, 3]) {
  const { text } = await generate(model, '', { vocabulary, temperature: TEMPERATURE, seed, maxLength: 30 });
  console.log(`sample: ${text}`);
}

// The fold: plain Post-LN without omega, the same function.
const { model: plain, difference } = await reparameterize(model, { maxLength: 64, batch: first });
const { largest, scale } = difference;
console.log(
  `${plain.config.decoder.method.name} after the fold: logits up to ${scale.toFixed(1)} differ by ${largest.toExponential(1)}`,
);
console.log(`woman -> ${await goOn(plain, 'woman')}`);
