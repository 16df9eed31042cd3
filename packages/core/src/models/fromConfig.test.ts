import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise, read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { checkOptions } from '../checks/errors';
import { Linear } from '../layers/linear';
import type { RandomStream } from '../random/random';
import type { Branch } from '../residual/branch';
import { admin } from '../residual/methods/admin';
import { preLN } from '../residual/methods/preLN';
import type { ResidualMethod } from '../residual/residual';
import { Module } from '../state/module';
import type { BranchFactory } from './blockConfig';
import { encoder } from './encoder';
import { type FullConfig, fromConfig } from './fromConfig';
import { languageModel } from './languageModel';
import { transformer } from './transformer';

const sizes = { width: 8, heads: 2, feedForward: 12, depth: 2 };
const tokens = { ...sizes, vocabulary: 9, padId: 1 };
const ids = (): tf.Tensor2D => tf.tensor2d([3, 4, 2], [1, 3], 'int32');

/** A branch of the user's own: one linear map times a factor. */
class Scaled extends Module implements Branch {
  readonly map: Linear;

  constructor(
    width: number,
    private readonly factor: number,
    random: RandomStream,
  ) {
    super();
    this.map = new Linear({ inputs: width, outputs: width }, {}, random);
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => tf.mul(this.map.call(x), this.factor));
  }
}

const scaled: BranchFactory = (options) => {
  checkOptions(options, ['factor'], 'scaled');
  const { factor = 1 } = options as { factor?: number };
  return ({ width, random }) => new Scaled(width, factor, random);
};

const halved = (): ResidualMethod => ({ ...preLN(), name: 'halved' });
const own = { modules: { scaled }, methods: { halved } };
const block = ['selfAttention', { name: 'mix', module: 'scaled', options: { factor: 3 } }, 'feedForward'];

const roundTrip = <Config extends FullConfig>(config: Config): Config =>
  JSON.parse(JSON.stringify(config)) as Config;

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('fromConfig', () => {
  it('rebuilds a Transformer', () => {
    const stacks = { encoder: block, decoder: ['selfAttention', 'crossAttention', 'scaled'] };
    const model = transformer({ ...tokens, method: halved(), block: stacks }, 5, own.modules);
    const again = fromConfig(roundTrip(model.config), { ...own, seed: 5 });
    expect(again.config).toEqual(model.config);
    expect(again.parameters().map(({ path }) => path)).toContain('encoder.layers.1.mix.branch.map.weight');
    const input = { source: ids(), target: ids() };
    expect(read(again.call(input))).toEqual(read(model.call(input)));
  });

  it('rebuilds a language model', () => {
    const model = languageModel({ ...tokens, method: admin(), block }, 5, own.modules);
    const again = fromConfig(roundTrip(model.config), { ...own, seed: 5 });
    expect(again.config).toEqual(model.config);
    expect(again.decoder.subLayers().map(({ subLayer }) => subLayer.place.kind)).toContain('scaled');
    expect(read(again.call(ids()))).toEqual(read(model.call(ids())));
  });

  it('rebuilds an encoder, with and without embedding', () => {
    const model = encoder({ ...tokens, method: halved(), block }, 5, own.modules);
    const again = fromConfig(roundTrip(model.config), { ...own, seed: 5 });
    expect(read(again.call(ids()))).toEqual(read(model.call(ids())));
    const bare = encoder({ ...sizes, method: admin() }, 5);
    const x = tf.tensor3d(noise(16, 1), [1, 2, 8]);
    expect(read(fromConfig(roundTrip(bare.config), { seed: 5 }).call(x))).toEqual(read(bare.call(x)));
  });

  it('reads a config without a kind as a Transformer', () => {
    const { kind, ...config } = transformer({ ...tokens, method: preLN() }).config;
    expect(kind).toBe('transformer');
    expect(Object.keys(fromConfig(config).stacks())).toEqual(['encoder', 'decoder']);
  });

  const { config } = languageModel({ ...tokens, method: preLN() });
  const withBlock = (entry: object): object => ({
    ...config,
    decoder: { ...config.decoder, block: [entry] },
  });
  it.each<[object, string]>([
    [{ ...config, kind: 'langaugeModel' }, "config.kind: received 'langaugeModel', allowed 'transformer'"],
    [{ ...config, hedas: 2 }, "config: unknown option 'hedas', did you mean 'heads'?"],
    [{ ...config, decoder: { method: config.decoder.method } }, 'config.decoder: missing depth'],
    [{ ...config, decoder: { ...config.decoder, dpeth: 1 } }, "config.decoder: unknown option 'dpeth'"],
    [withBlock({ name: 'scald' }), "unknown module 'scald', did you mean 'scaled'?"],
    [withBlock({ name: 'scaled', options: { fator: 2 } }), "scaled: unknown option 'fator'"],
    [withBlock({ name: 'feedForward', options: { width: 2 } }), "unknown option 'width'"],
    [withBlock({ nmae: 'scaled' }), "block of the decoder: unknown option 'nmae', did you mean 'name'?"],
  ])('refuses a mistake, naming it (%#)', (wrong, message) => {
    expect(() => fromConfig(wrong as FullConfig, own)).toThrow(message);
  });

  it('refuses options it does not know', () => {
    expect(() => fromConfig(config, { moduels: {} } as object)).toThrow("did you mean 'modules'?");
  });
});
