// A residual method and a branch of one's own. Nothing else is written for them, and yet the model trains, is measured
// and predicted, and comes back from its files: npm run residual-method -w examples/single-file
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { depthCheck, measureBranches, predict, zipfTokens } from '@steadyformer/analysis';
import {
  adam,
  type BranchFactory,
  type EncoderConfig,
  encoder,
  fromConfig,
  gated,
  Linear,
  loadStateDict,
  lossAndGradient,
  Optimizer,
  type ResidualMethod,
  selectBackend,
  softmaxCrossEntropy,
  stateDict,
} from '@steadyformer/core';
import { readSafetensors, writeSafetensors } from '@steadyformer/core/node';
import * as tf from '@tensorflow/tfjs';

/** Post-LN whose i-th branch fades: x_i = LN(x_{i-1} + alpha_i (.) f_i(x_{i-1})), alpha_i trained from i^-power. */
const fading = ({ power = 0.5 } = {}): ResidualMethod => ({
  name: 'fading',
  options: { power },
  plan: ({ index }) => ({
    residual: {
      after: 'layer',
      shortcutScale: { kind: 'one' },
      branchScale: { kind: 'vector', initial: (index + 1) ** -power },
    },
  }),
});

/** A token and its neighbours through a gated linear map: any object with a `call` is a branch. */
const gatedConvolution: BranchFactory = () => {
  return ({ width, random }) => {
    const map = new Linear({ inputs: 3 * width, outputs: 2 * width }, {}, random);
    return {
      map, // a part of the model, for it holds weights: encoder.layers.0.mix.branch.map.weight
      call: (x) => {
        const [batch, time] = x.shape;
        const wide = tf.pad(x, [
          [0, 0],
          [1, 1],
          [0, 0],
        ]); // [B, T + 2, D]
        const left = tf.slice(wide, [0, 0, 0], [batch, time, width]);
        const right = tf.slice(wide, [0, 2, 0], [batch, time, width]);
        return gated(map.call(tf.concat([left, x, right], 2)), 'sigmoid'); // [B, T, 3 D] to [B, T, D]
      },
    };
  };
};

const own = {
  methods: { fading: (options: object) => fading(options) },
  modules: { gatedConvolution },
};
const VOCABULARY = 50;
const build = (depth: number, method: ResidualMethod, seed = 1) => {
  const block = ['selfAttention', { name: 'mix', module: 'gatedConvolution' }, 'feedForward'];
  return encoder({ vocabulary: VOCABULARY, width: 32, heads: 4, depth, method, block }, seed, own.modules);
};
const text = (seed: number) => zipfTokens({ sentences: 16, length: 12, vocabulary: VOCABULARY, seed });

console.log((await selectBackend()).message);

// Trained: to name the token on the left.
const model = build(4, fading());
const parameters = model.parameters();
const optimizer = new Optimizer(parameters, adam());
for (let step = 1; step <= 60; step++) {
  const ids = text(step); // [B, T]
  const { loss, gradient } = lossAndGradient(parameters, () => {
    const [batch, time] = ids.shape;
    const logits = model.logits(tf.slice(model.call(ids), [0, 1, 0], [batch, time - 1, 32]));
    const labels = tf.reshape<tf.Rank.R1>(tf.slice(ids, [0, 0], [batch, time - 1]), [-1]);
    return tf.mean(softmaxCrossEntropy(tf.reshape(logits, [-1, VOCABULARY]), labels).loss);
  });
  optimizer.step(gradient, 3e-3);
  if (step % 20 === 0) console.log(`step ${step}  loss ${(await loss.data())[0]!.toFixed(3)}`);
  tf.dispose([ids, loss, gradient]);
}

// Measured and predicted: how much each residual depends on its own branch, and how that amplifies changes with depth.
const batch = text(0);
const { encoder: predicted } = await predict(model, await measureBranches(model, batch));
console.log(`beta_ii ${predicted!.diagonal.map((beta) => beta.toFixed(2)).join(' ')}`);
for (const power of [0, 0.5]) {
  const subject = (depth: number, seed: number) => ({
    model: build(depth, fading({ power }), seed),
    batch: text(seed),
  });
  const { verdict } = await depthCheck(subject, [1, 2, 3, 4, 6, 8, 12, 16]);
  console.log(`alpha_i from i^-${power}: ${verdict.text}`);
}

// Saved and rebuilt: the config is JSON and names both; fromConfig is told what the names mean.
const folder = await mkdtemp(join(tmpdir(), 'residual-method-'));
const files = { config: join(folder, 'config.json'), weights: join(folder, 'model.safetensors') };
await writeFile(files.config, JSON.stringify(model.config, undefined, 2));
await writeSafetensors(files.weights, await stateDict(model));

const config: EncoderConfig = JSON.parse(await readFile(files.config, 'utf8'));
const again = fromConfig(config, own);
loadStateDict(again, (await readSafetensors(files.weights)).tensors);
await rm(folder, { recursive: true });
const difference = tf.tidy(() => tf.max(tf.abs(tf.sub(model.call(batch), again.call(batch)))));
console.log(
  `${config.encoder.method.name} rebuilt from its files: outputs differ by ${(await difference.data())[0]}`,
);
