import {
  type AttentionBranchOptions,
  admin,
  b2t,
  deepNorm,
  FeedForward,
  languageModel,
  normFormer,
  postLN,
  preLN,
  type Residual,
  type ResidualMethod,
  reZeroPostLN,
  sandwich,
  scaleNorm,
  selectBackend,
  subLN,
  type TransformerOptions,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Translator } from '../decoding/translator';
import { trainBpe } from '../subwords/trainBpe';
import { EXPORT_FORMATS, type ExportOptions, exportModel } from './exportModel';

beforeAll(async () => {
  await selectBackend('cpu');
});

const bpe = trainBpe(['the red cell'], { merges: 3 });
const sizes = { vocabulary: bpe.size, padId: bpe.pad, width: 8, heads: 2, depth: 1 } as const;

const translator = (
  options: Partial<TransformerOptions>,
  modules: Parameters<typeof transformer>[2] = {},
): Translator => new Translator(transformer({ ...sizes, method: postLN(), ...options }, 1, modules), bpe);

const own = (residual: Partial<Residual>): ResidualMethod => ({
  name: 'own',
  options: {},
  plan: () => ({
    residual: { after: 'layer', shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' }, ...residual },
  }),
});

/** Post-LN whose attentions have these options. */
const attending = (branchOptions: AttentionBranchOptions): Pick<TransformerOptions, 'method'> => ({
  method: {
    ...own({}),
    plan: (place) => ({
      ...own({}).plan(place),
      ...(place.kind === 'feedForward' ? {} : { branchOptions: { ...branchOptions } }),
    }),
  },
});

class Wider extends FeedForward {}

describe('exportModel refuses', () => {
  it.each<readonly [string, () => Translator, RegExp]>([
    [
      'Pre-LN',
      () => translator({ method: preLN() }),
      /^cannot export encoder\.layers\.0\.selfAttention: it has a norm before its branch \(Pre-LN\), and the formats know x' = LN\(x \+ f\(x\)\) alone\. Train with the method 'admin', whose scales are folded away, or 'postLN'\.$/,
    ],
    [
      'a decoder of Pre-LN behind an encoder of Admin',
      () => translator({ method: { encoder: admin(), decoder: preLN() } }),
      /decoder\.layers\.0\.selfAttention: it has a norm before/,
    ],
    ['B2T', () => translator({ method: b2t() }), /selfAttention: it has several streams/],
    ['sandwich', () => translator({ method: sandwich() }), /it has a norm before/],
    ['ReZero', () => translator({ method: reZeroPostLN() }), /selfAttention: it has a scale on its branch/],
    ['NormFormer', () => translator({ method: normFormer() }), /selfAttention: it has a norm before/],
    ['Sub-LN', () => translator({ method: subLN() }), /selfAttention: it has a norm/],
    ['ScaleNorm', () => translator({ method: scaleNorm() }), /selfAttention: it has/],
    ['RMSNorm', () => translator({ method: own({ after: 'rms' }) }), /selfAttention: it has the norm 'rms'/],
    [
      'a norm of the output of branches',
      () => translator({ method: own({ inside: 'layer' }) }),
      /it has a norm of its branch's output/,
    ],
    ['heads with scales', () => translator(attending({ headScale: true })), /it has a scale of every head/],
    [
      'QK-norm',
      () => translator(attending({ queryKeyNorm: 'rms' })),
      /it has norms of queries, keys or values/,
    ],
    ['a norm of values', () => translator(attending({ valueNorm: 'rms' })), /it has norms of queries, keys/],
    ['capped scores', () => translator(attending({ logitCap: 50 })), /it has a cap on its scores/],
    [
      'scores of another scale',
      () => translator(attending({ scale: { power: -1 } })),
      /it has scores times 0.25, not 1 \/ sqrt\(features of a head\)/,
    ],
    ['rotary positions', () => translator({ attentionPositions: 'rotary' }), /attentionPositions 'rotary'/],
    [
      'a relative bias',
      () => translator({ attentionPositions: { kind: 'relative' } }),
      /attentionPositions 'relative'/,
    ],
    ['grouped queries', () => translator({ keyValueHeads: 1 }), /keyValueHeads 1 with 2 heads/],
    [
      'a gate',
      () => translator({ activation: 'swiglu' }),
      /the activation 'swiglu': the formats know relu, gelu, swish/,
    ],
    [
      'another block',
      () => translator({ block: { encoder: ['feedForward', 'selfAttention'] } }),
      /encoder\.layers\.0\.feedForward: its branch is not the self-attention that stands there/,
    ],
    [
      'a shorter block',
      () => translator({ block: { encoder: ['selfAttention'] } }),
      /encoder: its blocks have 1 sub-layers, where the formats have 2/,
    ],
    [
      "a branch of the user's own that extends one of ours",
      () =>
        translator(
          { block: { encoder: ['selfAttention', 'wider'] } },
          {
            wider: () => (site) => new Wider({ width: 8, hidden: 32 }, site.random),
          },
        ),
      /encoder\.layers\.0\.wider: its branch is not the feed-forward/,
    ],
  ])('%s, by its parts', async (_, made, message) => {
    const given = made();
    const before = tf.memory().numTensors;
    for (const format of EXPORT_FORMATS) {
      await expect(exportModel(given, { format })).rejects.toMatchObject({
        name: 'SteadyformerError',
        message: expect.stringMatching(message),
      });
    }
    expect(tf.memory().numTensors).toBe(before);
    given.model.dispose();
  });

  it('a zero omega, which cannot be folded', async () => {
    const given = translator({ method: admin() });
    const omega = given.model.decoder.subLayers()[1]!.subLayer.omega!;
    omega.assign(tf.zeros([8]));
    await expect(exportModel(given, { format: 'onnx' })).rejects.toThrow(
      /decoder\.layers\.0\.crossAttention/,
    );
    given.model.dispose();
  });

  it('omegas of so different sizes that single precision has no folded form of them', async () => {
    const given = translator({ method: admin() });
    for (const { subLayer } of given.model.encoder.subLayers()) {
      subLayer.omega!.assign(tf.tensor1d([1e-30, 1e30, 1, 1, 1e-25, 1e25, 1, 1]));
    }
    const before = tf.memory().numTensors;
    await expect(exportModel(given, { format: 'marian' })).rejects.toThrow(
      /^cannot export the model: folded it is another one \(parameter .*numbers below 2\^64.*\)\. Weights of so different sizes cannot be folded in single precision\.$/,
    );
    expect(tf.memory().numTensors).toBe(before);
    given.model.dispose();
  });

  it.each<readonly [string, unknown, RegExp]>([
    ['no options', undefined, /exportModel\(\): received undefined/],
    ['no format', {}, /exportModel\(\) format: received undefined, allowed 'marian', 'ctranslate2', 'onnx'/],
    ['an unknown format', { format: 'tflite' }, /format: received 'tflite'/],
    ['an inherited format', { format: 'toString' }, /format: received 'toString'/],
    ['an unknown option', { format: 'onnx', maxlength: 3 }, /did you mean 'maxLength'/],
    ['no length', { format: 'onnx', maxLength: 0 }, /maxLength: received 0/],
  ])('%s', async (_, options, message) => {
    const given = translator({});
    await expect(exportModel(given, options as ExportOptions)).rejects.toThrow(message);
    given.model.dispose();
  });

  it('what is no translator', async () => {
    const model = languageModel({ ...sizes, method: postLN() });
    await expect(exportModel(model as never, { format: 'marian' })).rejects.toThrow(
      'allowed a Translator, as loadTranslator() gives it',
    );
    model.dispose();
  });

  it('a learned token that is spelled like a special one', async () => {
    const { Bpe } = await import('../subwords/bpe');
    const odd = new Bpe({ preTokenizer: 'metaspace', endOfWord: '', tokens: ['<s>', 'a'], merges: [] });
    const model = transformer({ ...sizes, vocabulary: odd.size, method: postLN() });
    for (const format of EXPORT_FORMATS) {
      await expect(exportModel(new Translator(model, odd), { format })).rejects.toThrow(
        'spelled like one of <s>',
      );
    }
    model.dispose();
  });
});

describe('exportModel', () => {
  it('folds what can be folded, whatever its method is called', async () => {
    const given = translator({
      method: { encoder: deepNorm(), decoder: own({ shortcutScale: { kind: 'constant', value: 2 } }) },
    });
    const before = tf.memory().numTensors;
    expect(Object.keys(await exportModel(given, { format: 'ctranslate2' }))).toContain('model.bin');
    expect(tf.memory().numTensors).toBe(before);
    given.model.dispose();
  });

  it('writes as many positions as it is told, and those of a learned table', async () => {
    const long = async (options: Partial<TransformerOptions>, maxLength: number): Promise<unknown> => {
      const given = translator(options);
      const files = await exportModel(given, { format: 'marian', maxLength });
      given.model.dispose();
      return JSON.parse(new TextDecoder().decode(files['config.json'])).max_position_embeddings;
    };
    expect(await long({}, 77)).toBe(77);
    expect(await long({ positions: { kind: 'learned', length: 9 } }, 77)).toBe(9);
    expect(await long({ positions: { kind: 'none' } }, 5)).toBe(5);
  });
});
