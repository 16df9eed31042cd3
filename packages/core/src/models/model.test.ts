import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { copied, ids, sizes, text, twoEncoders, words } from '../../testing/stacks';
import { selectBackend } from '../backend/select';
import { KeyValueCache } from '../context/cache';
import { MASKED } from '../ops/attention';
import { admin } from '../residual/methods/admin';
import { preLN } from '../residual/methods/preLN';
import { fromConfig } from './fromConfig';
import { languageModel } from './languageModel';
import { type ModelOptions, model } from './model';

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('two encoders and a decoder that reads both', () => {
  const inputs = () => ({
    text: text(),
    image: ids([
      [0, 4, 2],
      [3, 3, 1],
    ]),
    writer: ids([
      [2, 7, 8],
      [2, 8, 1],
    ]),
  });

  it('has the parts of its stacks under their names, tied tables once', () => {
    const made = model(twoEncoders);
    const paths = made.parameters().map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith('table'))).toEqual(['words.table', 'pixels.table']);
    expect(Object.keys(made.stacks().writer!.layers[0]!)).toEqual([
      ...['selfAttention', 'textAttention', 'imageAttention', 'feedForward'],
    ]);
    expect(made.stacks().writer!.causal).toBe(true);
    expect(made.stacks().text!.causal).toBe(false);
    made.dispose();
  });

  it('attends to each by its own attention: what one reads does not reach the other', () => {
    const made = model(twoEncoders, 3);
    const given = inputs();
    const whole = made.call(given);
    expect(whole.shape).toEqual([2, 3, 9]);
    const memories = made.encode(given);
    expect(Object.keys(memories)).toEqual(['text', 'image']);
    // With the weights of one attention's values at zero, its memory is of no consequence.
    const { weight, bias } = made.at('writer.layers.0.imageAttention.branch.keyValue') as unknown as {
      weight: { assign(x: tf.Tensor): void; value: tf.Tensor };
      bias: { value: tf.Tensor };
    };
    for (const layer of [0, 1]) {
      const { output } = made.at(`writer.layers.${layer}.imageAttention.branch`) as unknown as {
        output: { weight: { assign(x: tf.Tensor): void; value: tf.Tensor } };
      };
      tf.tidy(() => output.weight.assign(tf.zerosLike(output.weight.value)));
    }
    expect([weight.value.shape, bias.value.shape]).toEqual([[8, 16], [16]]);
    const [before, after, other] = tf.tidy(() => {
      const changed = { ...memories, image: { ...memories.image!, memory: tf.neg(memories.image!.memory) } };
      const text = { ...memories, text: { ...memories.text!, memory: tf.neg(memories.text!.memory) } };
      const decoded = (these: typeof memories): number[] => read(made.decode(given.writer, these as never));
      return [decoded(memories), decoded(changed as never), decoded(text as never)];
    });
    expect(after).toEqual(before);
    expect(maxError(other!, before!)).toBeGreaterThan(1e-3);
    tf.dispose([whole, { ...memories.text! }, { ...memories.image! }, { ...given }]);
    made.dispose();
  });

  it('masks the pads of what it reads, and leaves no tensor', () => {
    const made = model(twoEncoders);
    const given = inputs();
    const { text: memory, image } = made.encode(given);
    expect(read(memory!.memoryMask!).map((x) => x / MASKED)).toEqual([0, 0, 0, 0, 0, 0, 1, 1]);
    expect(image!.memoryMask!.shape).toEqual([2, 1, 1, 3]);
    tf.dispose([{ ...memory! }, { ...image! }]);
    expect(leftovers(() => made.call(given))).toBe(0);
    const masks = made.tokenMasks(given);
    expect(read(masks.writer!)).toEqual([1, 1, 1, 1, 1, 0]);
    tf.dispose([{ ...masks }, { ...given }]);
    made.dispose();
  });

  it('says the same token by token with a cache', () => {
    const made = model(twoEncoders, 5);
    const given = inputs();
    const memories = made.encode(given);
    const whole = read(made.decode(given.writer, memories));
    const cache = new KeyValueCache();
    const steps = [0, 1, 2].map((t) => {
      const token = tf.slice(given.writer, [0, t], [2, 1]);
      const output = made.decode(token, memories, { cache });
      const values = read(output);
      tf.dispose([token, output]);
      return values;
    });
    const byRow = [0, 1].flatMap((b) => steps.flatMap((values) => values.slice(8 * b, 8 * b + 8)));
    expect(maxError(byRow, whole)).toBeLessThan(1e-5);
    cache.dispose();
    made.dispose();
  });

  it('comes back from its JSON with the same weights and answers', () => {
    const made = model(twoEncoders, 7);
    const again = fromConfig(copied(made.config), { seed: 7 });
    const given = inputs();
    expect(again.config).toEqual(made.config);
    expect(read(again.call(given))).toEqual(read(made.call(given)));
    again.dispose();
    made.dispose();
  });
});

describe('a prefix language model', () => {
  const options: ModelOptions = {
    ...sizes,
    embeddings: words,
    stacks: { body: { depth: 2, method: preLN(), causal: 'prefix', embedding: 'words' } },
    output: 'words',
  };
  const rows = (last: number): tf.Tensor2D =>
    ids([
      [3, 4, 5, 6, last],
      [7, 2, 7, 3, last],
    ]);
  const changed = (prefix: number[], at: number): boolean[] => {
    const made = model(options, 2);
    const body = (tokens: tf.Tensor2D) =>
      read(made.call({ body: { ids: tokens, prefix: tf.tensor1d(prefix, 'int32') } }));
    const [one, two] = tf.tidy(() => {
      const tokens = rows(4);
      const other = tf.add<tf.Tensor2D>(tokens, tf.oneHot(tf.fill([2], at, 'int32'), 5)) as tf.Tensor2D;
      return [body(tokens), body(tf.cast(other, 'int32'))];
    });
    made.dispose();
    return Array.from({ length: 10 }, (_, row) =>
      one!.slice(9 * row, 9 * row + 9).some((x, i) => x !== two![9 * row + i]),
    );
  };

  it('sees its whole prefix, and beyond it only what came before', () => {
    // A change at position 2: seen by all of the first sentence (prefix 3), and from there on in the second (prefix 1).
    expect(changed([3, 1], 2)).toEqual([true, true, true, true, true, false, false, true, true, true]);
  });

  it('goes on with a cache as without, and needs its prefix', () => {
    const made = model(options, 2);
    const [tokens, prefix] = [rows(4), tf.tensor1d([3, 2], 'int32')];
    const whole = read(made.decode({ ids: tokens, prefix }));
    const cache = new KeyValueCache();
    const parts = [
      [0, 3],
      [3, 2],
    ].map(([from, size]) =>
      read(made.decode({ ids: tf.slice(tokens, [0, from!], [2, size!]), prefix }, {}, { cache })),
    );
    const joined = [0, 1].flatMap((b) => [
      ...parts[0]!.slice(24 * b, 24 * b + 24),
      ...parts[1]!.slice(16 * b, 16 * b + 16),
    ]);
    expect(maxError(joined, whole)).toBeLessThan(1e-5);
    expect(() => made.call({ body: tokens as never })).toThrow('body input prefix: received undefined');
    const one = tf.tensor1d([3], 'int32');
    const plain = model({
      ...options,
      stacks: { body: { ...options.stacks.body!, causal: true } },
    });
    expect(() => plain.call({ body: { ids: tokens, prefix } })).toThrow(
      "body input prefix: received int32 of shape [2], allowed none, as the stack is not causal: 'prefix'.",
    );
    plain.dispose();
    expect(() => made.call({ body: { ids: tokens, prefix: one } })).toThrow(
      'body input prefix: received int32 of shape [1], allowed an int32 tensor [batch], a number a sentence.',
    );
    cache.dispose();
    made.dispose();
  });
});

describe('a residual MLP', () => {
  it('has one stack of any name, without attention, heads or tables', () => {
    const made = model({ width: 6, stacks: { mlp: { depth: 3, method: admin(), block: ['feedForward'] } } });
    expect(made.parameters().every(({ path }) => path.startsWith('mlp.layers.'))).toBe(true);
    const x = tf.tensor3d(noise(2 * 4 * 6, 1), [2, 4, 6]);
    expect(made.call({ mlp: x }).shape).toEqual([2, 4, 6]);
    expect(() => made.logits(x)).toThrow('the model has no embedding');
    made.dispose();
  });
});

describe('stacks by other names', () => {
  it('are the same models: a language model is one causal stack', () => {
    const short = languageModel({ ...sizes, vocabulary: 9, padId: 1, depth: 2, method: preLN() });
    const long = model({
      ...{ ...sizes, embeddings: { embedding: { vocabulary: 9 } }, output: 'embedding' },
      stacks: { decoder: { depth: 2, method: preLN(), causal: true, embedding: 'embedding' } },
    });
    expect(read(long.call({ decoder: text() }))).toEqual(read(short.call(text())));
    short.dispose();
    long.dispose();
  });
});
