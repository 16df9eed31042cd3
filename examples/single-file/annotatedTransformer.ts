// The Transformer of Vaswani et al. (2017) from parts, with the residuals of Admin (Liu et al. 2020), in one file.
// It learns to say rows of digits backwards: npm run annotated-transformer -w examples/single-file
import { adminInit } from '@steadyformer/admin-init';
import {
  type Context,
  decoderBlock,
  encoderBlock,
  inverseSqrt,
  KeyValueCache,
  lossAndGradient,
  type Memory,
  type ModelBatch,
  Module,
  masked,
  Optimizer,
  padMask,
  type RandomStream,
  type Residual,
  type ResidualMethod,
  radam,
  randomStream,
  Stack,
  type Stacked,
  scope,
  selectBackend,
  softmaxCrossEntropy,
  TokenEmbedding,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

// Ids: padding, the end of a row (also what a decoder is given first), ten digits.
const [PAD, END, ZERO, VOCABULARY, LONGEST] = [0, 1, 2, 12, 6];
const [WIDTH, DEPTH, DROPOUT] = [32, 2, 0.05];
const SIZES = { width: WIDTH, heads: 4, feedForward: 64 };

// A sub-layer adds its branch f to a shortcut, and a record says how. This one: x' = LN(omega (.) x + f(x)), the
// Post-LN residual (Vaswani, section 3.1) with a trained scale on the shortcut, set from a profile (Liu, section 4.1).
const record: Residual = {
  after: 'layer',
  shortcutScale: { kind: 'vector', initial: 'profiled' },
  branchScale: { kind: 'one' },
};
const residuals: ResidualMethod = { name: 'admin', options: {}, plan: () => ({ residual: record }) };

class AnnotatedTransformer extends Module implements Stacked<ModelBatch> {
  readonly embedding: TokenEmbedding;
  readonly encoder: Stack;
  readonly decoder: Stack;

  constructor(random: RandomStream) {
    super();
    // Sections 3.4, 3.5: x_0 = sqrt(D) E[token] + P[position]; E serves both inputs and, transposed, the output.
    const tokens = { vocabulary: VOCABULARY, width: WIDTH, padId: PAD, dropout: DROPOUT };
    this.embedding = new TokenEmbedding(tokens, random.fork('embedding'));
    // Eq. 1, in each head: Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V. Eq. 2: max(0, x W_1 + b_1) W_2 + b_2.
    const stack = { width: WIDTH, depth: DEPTH, method: residuals, dropout: DROPOUT };
    const encoder = { ...stack, name: 'encoder' as const, block: encoderBlock(SIZES) }; // self-attention, eq. 2
    this.encoder = new Stack(encoder, random.fork('encoder'));
    const decoder = { ...stack, name: 'decoder' as const, block: decoderBlock(SIZES) }; // and attention to the encoder
    this.decoder = new Stack(decoder, random.fork('decoder'));
  }

  /** source [B, S]: memory [B, S, D]. The mask, a very negative addend in eq. 1, hides padding. */
  encode(source: tf.Tensor2D, context: Context): Memory {
    const memoryMask = padMask(source, PAD); // [B, 1, 1, S]
    const x = this.embedding.call(source, scope(context, 'source')); // [B, S, D]
    return { memory: this.encoder.call(x, { ...scope(context, 'encoder'), mask: memoryMask }), memoryMask };
  }

  /** target [B, T]: logits [B, T, V]. No position sees a later one; a cache holds keys and values of those before. */
  decode(target: tf.Tensor2D, memory: Memory, context: Context): tf.Tensor3D {
    const x = this.embedding.call(target, scope(context, 'target'), context.cache?.length ?? 0); // [B, T, D]
    const output = this.decoder.call(x, { ...scope(context, 'decoder'), ...memory }); // [B, T, D]
    if (context.cache) context.cache.length += target.shape[1];
    return this.embedding.logits(output);
  }

  call({ source, target }: ModelBatch, context: Context = {}): tf.Tensor3D {
    return tf.tidy(() => this.decode(target, this.encode(source, context), context));
  }

  /** With its stacks named, the model is profiled, analysed and watched like any other. */
  stacks(): Readonly<Record<string, Stack>> {
    return { encoder: this.encoder, decoder: this.decoder };
  }

  /** The likeliest token, again and again: [B, length] */
  greedy(source: tf.Tensor2D, length: number): tf.Tensor2D {
    return tf.tidy(() => {
      const [cache, memory] = [new KeyValueCache(), this.encode(source, {})];
      const said = [tf.fill<tf.Rank.R2>([source.shape[0], 1], END, 'int32')];
      for (let t = 0; t < length; t++) {
        said.push(tf.argMax<tf.Tensor2D>(this.decode(said[t]!, memory, { cache }), 2)); // [B, 1, V] to [B, 1]
      }
      cache.dispose();
      return tf.concat(said.slice(1), 1);
    });
  }
}

/** Rows of 3 to 6 digits and their reverses. Those whose digits add up to a multiple of 5 are for the test alone. */
const examples = (random: RandomStream, count: number, forTest: boolean) => {
  const rows = Array.from({ length: 8 * count }, (_, i) =>
    Array.from(random.fork(i).uniform(3 + (i % (LONGEST - 2)), 0, 10), Math.floor),
  ).filter((row) => (row.reduce((sum, digit) => sum + digit) % 5 === 0) === forTest);
  const tensor = (idsOf: (digits: number[]) => number[]): tf.Tensor2D => {
    const ids = rows.slice(0, count).map((row) => idsOf(row.map((digit) => ZERO + digit)));
    const padded = ids.map((row) => [...row, ...Array<number>(LONGEST + 1 - row.length).fill(PAD)]);
    return tf.tensor2d(padded, [count, LONGEST + 1], 'int32');
  };
  return {
    source: tensor((row) => [...row, END]),
    target: tensor((row) => [END, ...row.toReversed()]), // what the decoder is given: one token behind
    labels: tensor((row) => [...row.toReversed(), END]), // what it is to say
  };
};

console.log((await selectBackend()).message);
const random = randomStream(1);
const model = new AnnotatedTransformer(random.fork('weights'));
// Liu, section 4.1, one pass before training: omega_1 = 1, omega_{i+1}^2 = Var[omega_i (.) x_{i-1}] + Var[f_i].
const { stacks } = await adminInit(model, [examples(random.fork('profile'), 64, false)]);
for (const { path, omega } of Object.values(stacks).flat()) console.log(`omega ${omega.toFixed(2)}  ${path}`);

const parameters = model.parameters();
const optimizer = new Optimizer(parameters, radam());
const rate = inverseSqrt({ peak: 1e-2, warmup: 50 }); // the shape of eq. 3
for (let step = 1; step <= 500; step++) {
  const batch = examples(random.fork('batch').fork(step), 64, false);
  const { loss, gradient } = lossAndGradient(parameters, () => {
    const context = { training: true, random: random.fork('dropout').fork(step) };
    const logits = tf.reshape<tf.Rank.R2>(model.call(batch, context), [-1, VOCABULARY]); // [B T, V]
    const labels = tf.reshape<tf.Rank.R1>(batch.labels, [-1]);
    const real = tf.cast(tf.notEqual(labels, PAD), 'float32');
    const smoothed = softmaxCrossEntropy(logits, labels, 0.1).loss; // section 5.4
    return tf.div<tf.Scalar>(tf.sum(masked(smoothed, real)), tf.sum(real));
  });
  optimizer.step(gradient, rate(step));
  if (step % 100 === 0) console.log(`step ${step}  loss ${(await loss.data())[0]!.toFixed(3)}`);
  tf.dispose([batch, loss, gradient]);
}

const test = examples(random.fork('test'), 200, true);
const answers = await model.greedy(test.source, LONGEST + 1).array();
const [rows, labels] = [await test.source.array(), await test.labels.array()];
const text = (ids: number[]) => Array.from(ids.slice(0, ids.indexOf(END)), (id) => id - ZERO).join('');
for (const i of [0, 1, 2, 3]) console.log(`${text(rows[i]!)} reversed: ${text(answers[i]!)}`);
const correct = answers.filter((ids, i) => text(ids) === text(labels[i]!)).length;
console.log(`${correct} of ${rows.length} unseen rows reversed without a mistake`);
