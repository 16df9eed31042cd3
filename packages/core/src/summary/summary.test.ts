import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { type Context, scope } from '../context/context';
import { FeedForward } from '../layers/feedForward';
import { LayerNorm } from '../layers/layerNorm';
import { Linear } from '../layers/linear';
import { encoder } from '../models/encoder';
import { languageModel } from '../models/languageModel';
import { model } from '../models/model';
import { asStacked, type Stacked } from '../models/stacked';
import { transformer } from '../models/transformer';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import { reZero } from '../residual/methods/reZero';
import type { ResidualMethod } from '../residual/residual';
import { Stack } from '../residual/stack';
import { Module, Parameter, vectorParameter } from '../state/module';
import { type Summary, summary } from './summary';
import { summaryText } from './summaryText';

const sizes = { vocabulary: 11, padId: 1, width: 8, heads: 2, feedForward: 16 };

beforeAll(async () => {
  await selectBackend('cpu');
});

/** Path, formula and notes of every row, without the parameters. */
const lines = ({ rows }: Summary): string[] =>
  rows.map(({ path, formula, notes }) => `${path}  ${[formula, ...notes].join(', ')}`);

describe('what stands beside the stacks', () => {
  it.each([
    [
      {},
      'embedding  x = 2.83 E[id] + sinusoid(t)',
      88,
      'outputEmbedding  logits = x E^T, table of embedding',
      0,
    ],
    [
      { tiedEmbeddings: false, positions: { kind: 'learned', length: 5 } as const },
      'embedding  x = 2.83 E[id] + P[t]',
      128,
      'outputEmbedding  logits = x E^T',
      88,
    ],
    [
      { attentionPositions: 'rotary' as const },
      'embedding  x = 2.83 E[id]',
      88,
      'outputEmbedding  logits = x E^T, table of embedding',
      0,
    ],
  ])('of a language model with %j', async (own, first, size, last, outputs) => {
    const model = languageModel({ ...sizes, depth: 1, method: postLN(), ...own });
    const found = await summary(model);
    expect([lines(found)[0], found.rows[0]!.parameters]).toEqual([first, size]);
    expect([lines(found).at(-1), found.rows.at(-1)!.parameters]).toEqual([last, outputs]);
    expect(found.parameters).toBe(model.parameterCount());
    model.dispose();
  });

  it('is by its use where stacks and tables have names of their own', async () => {
    const stack = { depth: 1, method: postLN(), block: ['feedForward'] };
    const { vocabulary: _, ...shared } = sizes;
    const own = model({
      ...shared,
      embeddings: { words: { vocabulary: 11 }, tags: { vocabulary: 5 }, spare: 'tags' },
      stacks: {
        reader: { ...stack, embedding: 'tags' },
        writer: { ...stack, causal: true, reads: 'reader', embedding: 'words' },
      },
      output: 'words',
    });
    const found = await summary(own);
    expect(lines(found)).toEqual([
      'words  x = 2.83 E[id] + sinusoid(t), logits = x E^T',
      'tags  x = 2.83 E[id] + sinusoid(t)',
      'spare  x = 2.83 E[id] + sinusoid(t), table of tags',
      "reader.layers.0.feedForward  x' = LN(x + f(x))",
      "writer.layers.0.feedForward  x' = LN(x + f(x))",
    ]);
    expect(found.parameters).toBe(own.parameterCount());
    own.dispose();
  });

  it('is nothing where an encoder takes streams', async () => {
    const model = encoder({ width: 8, heads: 2, depth: 1, method: postLN() });
    expect(lines(await summary(model)).map((line) => line.split('  ')[0])).toEqual([
      'encoder.layers.0.selfAttention',
      'encoder.layers.0.feedForward',
    ]);
    model.dispose();
  });
});

/** A model of the user's own: its stack under another name than its field, parts of every sort beside it. */
class Own extends Module implements Stacked<tf.Tensor3D> {
  readonly scale: Parameter = new Parameter(tf.scalar(2));
  readonly body: Stack;
  readonly heads: Readonly<Record<string, Linear>>;
  readonly norm: LayerNorm = new LayerNorm(4);
  /** The first map of the first branch once more. */
  readonly again: Linear;
  readonly table: { readonly rows: Parameter } = { rows: vectorParameter(Float32Array.of(1, 2, 3)) };

  constructor(method: ResidualMethod = reZero()) {
    super();
    const block = [
      { name: 'mix', branch: () => new FeedForward({ width: 4, hidden: 2 }, randomStream(1)) },
      { name: 'plain', branch: () => ({ call: (x: tf.Tensor3D) => tf.clone(x) }) },
    ];
    this.body = new Stack({ name: 'encoder', width: 4, depth: 1, block, method }, randomStream(1));
    this.heads = { a: new Linear({ inputs: 4, outputs: 3 }, {}, randomStream(2)) };
    this.again = (this.body.subLayers()[0]!.subLayer.branch as FeedForward).inner;
  }

  stacks(): Readonly<Record<string, Stack>> {
    return { trunk: this.body };
  }

  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'trunk'));
  }
}

describe("a model of the user's own", () => {
  it('has a row for everything that holds parameters, each counted once', async () => {
    const model = new Own();
    const found = await summary(model);
    expect(lines(found)).toEqual([
      'scale  parameters',
      "trunk.layers.0.mix  x' = x + 0 f(x)",
      "trunk.layers.0.plain  x' = x + 0 f(x), alpha of trunk.layers.0.mix",
      'heads.a  Linear 4 -> 3',
      "norm  x' = LN(x)",
      'again  Linear 4 -> 2, weights of trunk.layers.0.mix',
      'table  parameters',
    ]);
    expect(found.rows.map(({ parameters }) => parameters)).toEqual([1, 23, 0, 15, 8, 0, 3]);
    expect(found.stacks).toEqual({ trunk: 23 });
    expect(found.parameters).toBe(model.parameterCount());
    model.dispose();
  });

  it('has the line of a sub-layer that holds no parameter at all', async () => {
    const method: ResidualMethod = {
      ...postLN(),
      plan: () => ({ residual: { shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } } }),
    };
    const model = new Own(method);
    expect(lines(await summary(model))).toContain("trunk.layers.0.plain  x' = x + f(x)");
    model.dispose();
  });

  it('may be a bare stack, as it is or as a model', async () => {
    const { encoder: stack } = encoder({ width: 8, heads: 2, depth: 1, method: preLN() });
    const found = await summary(stack);
    expect(lines(found)).toEqual([
      "stack.layers.0.selfAttention  x' = x + f(LN(x))",
      "stack.layers.0.feedForward  x' = x + f(LN(x))",
      "stack.finalNorm  x' = LN(x)",
    ]);
    expect(found).toEqual(await summary(asStacked(stack)));
    expect(found.parameters).toBe(stack.parameterCount());
    stack.dispose();
  });
});

describe('summary', () => {
  it('is plain data that leaves no tensor', async () => {
    const model = transformer({ ...sizes, depth: 2, method: admin() });
    const before = tf.memory().numTensors;
    const found = await summary(model);
    expect(tf.memory().numTensors).toBe(before);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    model.dispose();
  });

  it('counts in all, by stack, what is trained, and the bytes of both', async () => {
    const model = transformer({ ...sizes, depth: 1, method: admin() });
    const trained = model.parameters().filter(({ path }) => path.startsWith('decoder.'));
    const found = await summary(model, { trained });
    // 4 D^2 + 4 D weights and biases of attention, 2 D d + d + D of feed-forward, 3 D of norm and omega.
    const [attention, forward] = [4 * 64 + 32 + 24, 2 * 128 + 16 + 8 + 24];
    expect(found.stacks).toEqual({ encoder: attention + forward, decoder: 2 * attention + forward });
    expect(found.parameters).toBe(88 + 3 * attention + 2 * forward);
    expect(found.trained).toBe(2 * attention + forward);
    expect(found.bytes).toBe(4 * found.parameters);
    expect(found.trainingBytes).toBe(4 * (found.parameters + 3 * found.trained));
    expect((await summary(model)).trained).toBe(found.parameters);
    expect([found.bytes, found.trainingBytes]).toEqual([6528, 17_664]);
    expect(summaryText(found).split('\n').at(-1)).toBe(
      '6.53 kB as float32; 17.7 kB in training, with gradient and two moments, 928 of them trained',
    );
    model.dispose();
  });

  it('prints itself', async () => {
    const model = languageModel({ vocabulary: 3000, width: 8, heads: 2, depth: 1, method: admin() });
    expect(summaryText(await summary(model))).toBe(
      [
        '24,000  embedding                       x = 2.83 E[id] + sinusoid(t)',
        "   312  decoder.layers.0.selfAttention  x' = LN(1 x + f(x))",
        "   576  decoder.layers.0.feedForward    x' = LN(1 x + f(x))",
        '     0  outputEmbedding                 logits = x E^T, table of embedding',
        '24,888  parameters                      decoder 888, other 24,000',
        '99.6 kB as float32; 398 kB in training, with gradient and two moments',
      ].join('\n'),
    );
    model.dispose();
  });

  it('refuses what is no model, and one that is disposed or half updated', async () => {
    await expect(summary({} as never)).rejects.toThrow('summary() model: received {}, allowed a model');
    const model = languageModel({ ...sizes, depth: 1, method: admin() });
    await expect(summary(model, { traned: [] } as never)).rejects.toThrow("unknown option 'traned'");
    await expect(summary(model, { trained: [{}] } as never)).rejects.toThrow('summary() trained parameters');
    model.parameters()[0]!.parameter.invalidate('an update stopped midway');
    await expect(summary(model)).rejects.toThrow('an update stopped midway');
    model.dispose();
    await expect(summary(model)).rejects.toThrow('summary(): embedding.table is disposed');
  });
});
