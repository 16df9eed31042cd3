import {
  admin,
  adminConstant,
  decodeSafetensors,
  deepNorm,
  type Encoder,
  encoder,
  encodeSafetensors,
  FeedForward,
  fromConfig,
  KeyValueCache,
  loadStateDict,
  type Module,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  selectBackend,
  stateDict,
  subLayer,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyKind, batchFor, disturb, ids, kindNames, kinds, pair } from '../../testing/models';
import { train } from '../../testing/train';
import { adminInit, type FoldableModel, outputDifference, reparameterize } from '..';

beforeAll(async () => {
  await selectBackend();
});

const MAXIMUM = 1e-5;
const maxLength = 16;

const paths = (model: Module): string[] => model.parameters().map(({ path }) => path);

/** max |a - b| over two tensors, which are disposed. */
const apart = async (a: tf.Tensor, b: tf.Tensor): Promise<number> => {
  const most = tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))));
  const [value] = await most.data();
  tf.dispose([a, b, most]);
  return value!;
};

const report = (what: string, { largest, scale }: { largest: number; scale: number }): void => {
  if (process.env.STEADYFORMER_LONG === '1') {
    console.log(
      `${what}: outputs differ by ${largest.toExponential(1)} at most, largest ${scale.toFixed(1)}`,
    );
  }
};

describe.each(kindNames)('reparameterize a %s', (kind) => {
  const build = kinds[kind];

  it.each([
    ['a vector omega', { method: admin() }],
    ['a scalar omega', { method: admin({ shape: 'scalar' }) }],
    ['a constant omega', { method: adminConstant() }],
    ['a trained constant', { method: adminConstant({ trainable: true }) }],
    ['learned positions', { positions: { kind: 'learned', length: 12 } }],
    ['rotary positions', { attentionPositions: 'rotary' }],
    ['a table each', { tiedEmbeddings: false }],
  ] as const)('keeps its function with %s, random gains, biases and negative omegas', async (name, sizes) => {
    const original = build(sizes);
    disturb(original);
    const batch = batchFor(original, 3, 2);
    const { model, difference } = await reparameterize<FoldableModel>(original, { maxLength, batch });
    report(`${kind}, ${name}`, difference);
    expect(difference.scale).toBeGreaterThan(1);
    expect(difference.largest).toBeLessThan(MAXIMUM);
    expect(await outputDifference(anyKind(original), anyKind(model), batch)).toEqual(difference);
    for (const stack of Object.values(model.stacks())) {
      for (const { subLayer } of stack.subLayers()) {
        expect(subLayer.residual).toEqual(postLN().plan(subLayer.place).residual);
      }
    }
    expect(paths(model).some((path) => path.includes('omega'))).toBe(false);
  });

  it('keeps its function after training steps, and its dropout', async () => {
    const original = build({ dropout: 0.1 });
    await adminInit(anyKind(original), [batchFor(original)]);
    const losses = train(original, 8);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.2);
    const batch = batchFor(original, 5, 2);
    const { model, difference } = await reparameterize<FoldableModel>(original, { maxLength, batch });
    report(`${kind}, trained`, difference);
    expect(difference.largest).toBeLessThan(MAXIMUM);
    // Paths are equal, so the streams are: the same units drop.
    const output = (m: FoldableModel) =>
      anyKind(m).call(batch, { training: true, random: randomStream(11) }) as tf.Tensor;
    expect(await apart(output(original), anyKind(original).call(batch))).toBeGreaterThan(0.1);
    expect(await apart(output(original), output(model))).toBeLessThan(MAXIMUM);
  });

  it('yields weights for a model that has never heard of Admin', async () => {
    const original = build();
    disturb(original);
    const plain = await reparameterize<FoldableModel>(original, { maxLength });
    const file = encodeSafetensors(await stateDict(plain));
    const stranger = build({
      method: postLN(),
      tiedEmbeddings: false,
      positions: { kind: 'learned', length: maxLength },
      seed: 5,
    });
    loadStateDict(stranger, decodeSafetensors(file).tensors);
    const { largest } = await outputDifference(
      anyKind(original),
      anyKind(stranger),
      batchFor(original, 3, 2),
    );
    expect(largest).toBeLessThan(MAXIMUM);
    expect(fromConfig(plain.config).config).toEqual(stranger.config);
  });

  it('leaves the original as it was, and no tensor', async () => {
    const original = build();
    disturb(original);
    const state = await stateDict(original);
    const batch = batchFor(original);
    const before = tf.memory().numTensors;
    const { model } = await reparameterize<FoldableModel>(original, { maxLength, batch });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(await stateDict(original)).toEqual(state);
  });
});

describe('reparameterize', () => {
  it('hands back the model alone where no batch is given', async () => {
    const model = kinds.transformer();
    const plain: Transformer = await reparameterize(model);
    expect(plain.config.positions).toEqual({ kind: 'learned', length: 1024 });
  });

  it('keeps the decoding with a cache of a transformer', async () => {
    const model = kinds.transformer();
    disturb(model);
    const plain = await reparameterize(model, { maxLength });
    const batch = pair(3, 2);
    const full = model.call(batch); // [B, T, V]
    const cache = new KeyValueCache();
    const memory = plain.encode(batch.source);
    for (let t = 0; t < 7; t++) {
      const step = tf.slice(batch.target, [0, t], [4, 1]);
      const logits = plain.logits(plain.decode(step, memory, { cache })); // [B, 1, V]
      expect(await apart(logits, tf.slice(full, [0, t, 0], [4, 1, 50]))).toBeLessThan(MAXIMUM);
    }
  });

  it('keeps the decoding with a cache of a language model', async () => {
    const model = kinds.languageModel();
    disturb(model);
    const plain = await reparameterize(model, { maxLength });
    const tokens = ids(2, 6, 3);
    const full = model.call(tokens); // [B, T, V]
    const cache = new KeyValueCache();
    for (let t = 0; t < 6; t++) {
      const step = tf.slice(tokens, [0, t], [2, 1]);
      const logits = plain.logits(plain.decode(step, { cache })); // [B, 1, V]
      expect(await apart(logits, tf.slice(full, [0, t, 0], [2, 1, 50]))).toBeLessThan(MAXIMUM);
    }
  });

  it("keeps an encoder's logits, whose table is not multiplied", async () => {
    const model = kinds.encoder();
    disturb(model);
    const plain = await reparameterize(model, { maxLength });
    const tokens = ids(2, 6, 3);
    const logits = (m: Encoder) => tf.tidy(() => m.logits(m.call(tokens)));
    expect(await apart(logits(model), logits(plain))).toBeLessThan(MAXIMUM);
  });

  it('leaves stacks without omega as they are', async () => {
    const sizes = { vocabulary: 50, padId: 1, width: 16, heads: 4, depth: 2 };
    const model = transformer({ ...sizes, method: { encoder: admin(), decoder: preLN() } });
    disturb(model);
    const { model: plain, difference } = await reparameterize(model, { maxLength, batch: pair(3, 2) });
    expect(difference.largest).toBeLessThan(MAXIMUM);
    expect(plain.config.encoder.method.name).toBe('postLN');
    expect(plain.config.decoder.method.name).toBe('preLN');
  });

  it.each([
    ['that norms on the way in', { before: 'layer' }],
    ['with another norm behind', { after: 'rms' }],
  ] as const)(
    'leaves scales of a method of your own %s, and refuses where there is nothing else',
    async (_, norm) => {
      const make = (): ResidualMethod => ({
        name: 'scaled',
        options: {},
        plan: () => ({
          residual: {
            ...norm,
            shortcutScale: { kind: 'vector', initial: 0.9 },
            branchScale: { kind: 'one' },
          },
        }),
      });
      const sizes = { vocabulary: 50, padId: 1, width: 16, heads: 4, depth: 2 };
      for (const [omega, other] of [
        ['encoder', 'decoder'],
        ['decoder', 'encoder'],
      ] as const) {
        const method = { [omega]: admin(), [other]: make() } as Record<'encoder' | 'decoder', ResidualMethod>;
        const model = transformer({ ...sizes, method });
        disturb(model);
        const methods = { scaled: make };
        const { model: plain, difference } = await reparameterize(model, {
          maxLength,
          batch: pair(3, 2),
          methods,
        });
        expect(difference.scale).toBeGreaterThan(1);
        expect(difference.largest).toBeLessThan(MAXIMUM);
        expect(plain.config[omega].method.name).toBe('postLN');
        expect(plain.config[other].method.name).toBe('scaled');
        const omegas = paths(plain).filter((path) => path.endsWith('.omega'));
        expect(omegas.length).toBe(other === 'encoder' ? 4 : 6);
        expect(omegas.every((path) => path.startsWith(`${other}.`))).toBe(true);
      }
      const alone = transformer({ ...sizes, method: { encoder: make(), decoder: preLN() } });
      await expect(reparameterize(alone, { maxLength })).rejects.toThrow(
        'before' in norm
          ? 'encoder.layers.0.selfAttention is not a Post-LN residual'
          : 'without omega, encoder.layers.0',
      );
    },
  );

  it('folds the constants of another method beside Admin', async () => {
    const sizes = { vocabulary: 50, padId: 1, width: 16, heads: 4, depth: 2 };
    const model = transformer({
      ...sizes,
      method: { encoder: deepNorm(), decoder: admin({ shape: 'scalar' }) },
    });
    disturb(model);
    const { model: plain, difference } = await reparameterize(model, { maxLength, batch: pair(3, 2) });
    expect(difference.largest).toBeLessThan(MAXIMUM);
    expect([plain.config.encoder.method.name, plain.config.decoder.method.name]).toEqual([
      'postLN',
      'postLN',
    ]);
  });

  it('rebuilds branches of your own', async () => {
    const modules = {
      wide: () =>
        subLayer('wide', ({ random, width }) => new FeedForward({ width, hidden: 40 }, random)).branch,
    };
    const sizes = { vocabulary: 50, width: 16, heads: 4, depth: 2, method: admin() };
    const model = encoder({ ...sizes, block: ['selfAttention', 'wide'] }, 1, modules);
    disturb(model);
    const batch = ids(2, 6, 3);
    const { difference } = await reparameterize(model, { maxLength, batch, modules });
    expect(difference.largest).toBeLessThan(MAXIMUM);
  });
});
