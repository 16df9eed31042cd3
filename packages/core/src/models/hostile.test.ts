import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { invalidArgument, nearest, SteadyformerError } from '../checks/errors';
import { KeyValueCache } from '../context/cache';
import { ruleFrom } from '../optim';
import { adam } from '../optim/adam';
import { Optimizer } from '../optim/optimizer';
import { admin } from '../residual/methods/admin';
import { loadStateDict, stateDict } from '../state/parameters';
import { encoder } from './encoder';
import { type FullConfig, fromConfig } from './fromConfig';
import { languageModel } from './languageModel';
import { transformer } from './transformer';

beforeAll(async () => {
  await selectBackend('cpu');
});

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1, method: admin() };

/** Every path to a field of a record. */
const paths = (value: unknown, at: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, item]) => [[...at, key], ...paths(item, [...at, key])])
    : [];

/** A copy with the field at `path` replaced. */
const replaced = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as never)
    : { ...(value as object) };
  copy[key] = replaced((value as Record<string, unknown>)[key], rest, by);
  return copy;
};

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
const WRONG: readonly unknown[] = [
  null,
  undefined,
  Number.NaN,
  -1,
  0,
  0.5,
  1e5,
  1e9,
  1e308,
  Number.POSITIVE_INFINITY,
  '',
  '2',
  'constructor',
  '__proto__',
  'x'.repeat(1e6),
  true,
  [],
  [1],
  [[]],
  {},
  { constructor: 1 },
  JSON.parse('{"__proto__": 1}'),
  { name: '__proto__' },
  cyclic,
  10n,
  () => 1,
];

describe('a config with one field spoilt', () => {
  const full = {
    keyValueHeads: 1,
    dropout: { residual: 0.1, attention: 0.1, activation: 0.1 },
    stochasticDepth: { rate: 0.1 },
  };
  const block = ['selfAttention', { name: 'mix', module: 'feedForward' }];
  const configs: readonly FullConfig[] = [
    encoder({ ...sizes, ...full, block, positions: { kind: 'learned', length: 4 } }).config,
    languageModel({ ...sizes, ...full, attentionPositions: { kind: 'relative', buckets: 8 } }).config,
    transformer({ ...sizes, ...full, sourceVocabulary: 7 }).config,
  ];
  it.each(configs.map((config) => ({ config })))(
    'is built or refused in words, and leaves no tensor ($config.kind)',
    ({ config }) => {
      let refused = 0;
      for (const path of [[], ...paths(config), ['extra'], ['dropout', 'toString']]) {
        for (const wrong of WRONG) {
          const spoilt = replaced(config, path, wrong) as FullConfig;
          const before = tf.memory().numTensors;
          try {
            fromConfig(spoilt).dispose();
          } catch (error) {
            const where = `${path.join('.')} = ${typeof wrong === 'bigint' ? 'bigint' : String(wrong).slice(0, 20)}`;
            expect(error, `${where}: ${String(error).slice(0, 200)}`).toBeInstanceOf(SteadyformerError);
            expect((error as Error).message.length, where).toBeLessThan(1000);
            refused += 1;
          }
          expect(tf.memory().numTensors - before).toBe(0);
        }
      }
      expect(refused).toBeGreaterThan(400);
    },
  );

  it('is refused at once where the model would be too large', () => {
    const [config] = configs as [FullConfig & { encoder: object }];
    for (const [spoilt, message] of [
      [
        { ...config, encoder: { ...config.encoder, depth: 1e5 } },
        'encoder depth: received 100000, allowed 1 to 10000',
      ],
      [{ ...config, width: 2 ** 20 }, 'config parameters: received'],
      [{ ...config, vocabulary: 2 ** 40 }, 'config parameters: received'],
      [{ ...config, positions: { kind: 'learned', length: 2 ** 40 } }, 'config parameters: received'],
    ] as const) {
      const start = Date.now();
      expect(() => fromConfig(spoilt as FullConfig)).toThrow(message);
      expect(Date.now() - start).toBeLessThan(5000);
    }
  });
});

describe('a message', () => {
  const shown = (received: unknown): string => invalidArgument({ what: 'x', received, allowed: 'y' }).message;

  it.each<[string, unknown, string]>([
    ['10 MB of text', 'a'.repeat(1e7), `'${'a'.repeat(100)}... (10000000 characters)'`],
    ['a cycle', cyclic, '{"self":{"self":{"self":...}}}'],
    ['a bigint', 10n, '10'],
    ['a function', admin, 'the function admin'],
    ['a map', new Map(), 'a Map'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['no prototype', Object.create(null), '{}'],
  ])('quotes %s in a line', (_, received, expected) => {
    expect(shown(received)).toBe(`x: received ${expected}, allowed y.`);
  });

  it('quotes a tensor by its shape, and long lists by their beginning', () => {
    const tensor = tf.zeros([2, 3], 'int32');
    expect(shown(tensor)).toBe('x: received int32 of shape [2, 3], allowed y.');
    tensor.dispose();
    expect(shown(new Array(1e6).fill('word')).length).toBeLessThan(200);
    expect(shown(Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [i, 'word']))).length).toBeLessThan(
      200,
    );
  });

  it('finds the nearest of names in no time, however long the name', () => {
    const start = Date.now();
    expect(nearest(`widht${' '.repeat(1e7)}`, ['width', 'heads'])).toBe('width');
    expect(Date.now() - start).toBeLessThan(2000);
  });
});

describe('an update', () => {
  const trained = () => {
    const model = encoder(sizes);
    const optimizer = new Optimizer(model.parameters(), adam());
    return { model, optimizer, gradient: tf.ones<tf.Rank.R1>([optimizer.size]) };
  };

  it.each([Number.NaN, 1e39, -1, Number.POSITIVE_INFINITY, '0.1', null, undefined])(
    'at a rate of %s is refused before anything has changed',
    async (rate) => {
      const { model, optimizer, gradient } = trained();
      const [before, moments] = [await stateDict(model), await optimizer.state()];
      expect(() => optimizer.step(gradient, rate as number)).toThrow('learning rate of update 1: received');
      expect(() => optimizer.plan(rate as number, 1)).toThrow(SteadyformerError);
      expect(await stateDict(model)).toEqual(before);
      expect(await optimizer.state()).toEqual(moments);
      optimizer.step(gradient, 0.1);
      expect(optimizer.updates).toBe(1);
      tf.dispose(gradient);
      optimizer.dispose();
      model.dispose();
    },
  );

  it('by a rule of one’s own that overflows float32 is refused too', () => {
    const { model, gradient } = trained();
    const rule = {
      ...adam(),
      name: 'mine',
      coefficients: () => ({ ...adam().coefficients(1, 1), stepSize: 1e39 }),
    };
    const optimizer = new Optimizer(model.parameters(), rule);
    expect(() => optimizer.step(gradient, 1)).toThrow('stepSize of update 1 by mine: received 1e+39');
    expect(optimizer.updates).toBe(0);
    expect(() => optimizer.step(gradient, 1, Number.NaN)).toThrow('gradientScale of update 1: received NaN');
  });

  it.each<[string, object, string]>([
    ['adam', { beta2: 7 }, 'adam() beta2: received 7, allowed numbers in [0, 1) as float32'],
    ['adam', { beta1: 1 - 1e-12 }, 'adam() beta1: received 0.999999999999'],
    ['adam', { epsilon: -1 }, 'adam() epsilon: received -1, allowed numbers > 0 as float32'],
    ['adam', { epsilon: 1e-60 }, 'adam() epsilon: received 1e-60'],
    ['radam', { weightDecay: '0.1' }, "radam() weightDecay: received '0.1', allowed numbers >= 0"],
    ['radam', { beta1: null }, 'radam() beta1: received null'],
    ['radam', { warmStart: 'none' }, "radam() warmStart: received 'none', allowed 'skip', 'momentum'"],
    ['sgd', { momentum: 1 }, 'sgd() momentum: received 1'],
    ['sgd', { momentm: 0.5 }, "sgd(): unknown option 'momentm', did you mean 'momentum'?"],
  ])('of %s with %j is refused', (name, options, message) => {
    expect(() => ruleFrom({ name, options: options as Record<string, unknown> })).toThrow(message);
  });
});

describe('a state that does not fit', () => {
  it('leaves every parameter as it was', async () => {
    const model = encoder(sizes);
    const state = await stateDict(model);
    const last = Object.keys(state).at(-1)!;
    const changed = Object.fromEntries(
      Object.entries(state).map(([path, { shape, data }]) => [path, { shape, data: data.map((x) => x + 1) }]),
    );
    const { shape, data } = changed[last]!;
    for (const [spoilt, message] of [
      [null, 'received null, allowed { shape, data: Float32Array }'],
      [{ shape, data: [...data] }, 'allowed { shape, data: Float32Array }'],
      [{ shape, data: new Float64Array(data) }, 'allowed { shape, data: Float32Array }'],
      [{ shape: `${shape}`, data }, 'received shape'],
      [{ shape: [...shape, 1], data }, 'received shape'],
      [{ shape, data: data.subarray(1) }, 'numbers, its shape holds'],
      [{ shape, data: data.map(() => 1e38) }, 'allowed numbers below 2^64'],
      [
        { shape, data: data.map(() => Number.POSITIVE_INFINITY) },
        'received Infinity, allowed numbers below 2^64',
      ],
    ] as const) {
      expect(() => loadStateDict(model, { ...changed, [last]: spoilt } as never)).toThrow(message);
      expect(await stateDict(model)).toEqual(state);
    }
    loadStateDict(model, changed);
    expect(await stateDict(model)).toEqual(changed);
    const { [last]: _, ...short } = changed;
    expect(() => loadStateDict(model, short)).toThrow(`missing ${last}`);
    expect(() => loadStateDict(model, Object.create(changed))).toThrow(SteadyformerError);
    model.dispose();
  });

  it('of a cache leaves every slot as it was', () => {
    const cache = new KeyValueCache();
    const rows = tf.tensor3d([1, 2], [2, 1, 1]);
    cache.set('a', rows);
    const before = tf.memory().numTensors;
    expect(() => cache.select([0, 2])).toThrow('row of KeyValueCache.select(): received 2, allowed 0 to 1');
    expect(tf.memory().numTensors).toBe(before);
    cache.select([1]);
    expect([...cache.get('a')!.dataSync()]).toEqual([2]);
    cache.dispose();
    rows.dispose();
  });
});
