import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { maxError, mean, noise, read } from '../../testing/numbers';
import { lossAndGradient, unflatten } from '../autodiff/gradients';
import { KeyValueCache } from '../context/cache';
import type { JoinEvent } from '../context/context';
import { encoder } from '../models/encoder';
import { type FullConfig, fromConfig } from '../models/fromConfig';
import { languageModel } from '../models/languageModel';
import { transformer } from '../models/transformer';
import { randomStream } from '../random/random';
import { asLayer } from '../tfLayers/asLayer';
import { admin } from './methods/admin';
import { b2t } from './methods/b2t';
import { preLN } from './methods/preLN';
import { ONE, type ResidualMethod } from './residual';
import { Stack, subLayer } from './stack';
import { type StochasticDepth, skipRate } from './stochasticDepth';

const D = 4;
const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 2, method: admin() };
const ids = (): tf.Tensor2D => tf.tensor2d([3, 4, 5, 2, 6, 7], [2, 3], 'int32');

/** x' = x + f(x), no norms. */
const bare: ResidualMethod = {
  name: 'bare',
  options: {},
  plan: () => ({ residual: { shortcutScale: ONE, branchScale: ONE } }),
};

/** A stack of `depth` branches that add 1; `calls` counts how often one was computed. */
const ones = (method: ResidualMethod, stochasticDepth: StochasticDepth, depth = 1, perBlock = 1) => {
  const seen = { calls: 0 };
  const block = Array.from({ length: perBlock }, (_, i) =>
    subLayer(`ones${i}`, () => ({
      call: (x: tf.Tensor3D): tf.Tensor3D => {
        seen.calls += 1;
        return tf.onesLike(x);
      },
    })),
  );
  const options = { name: 'encoder' as const, width: D, depth, block, method, stochasticDepth };
  return { seen, stack: new Stack(options, randomStream(1)) };
};
const training = (seed: number) => ({ training: true, random: randomStream(seed) });

/** A seed whose draws skip the branches `skipped` of the stack, and no other. */
const seedWhere = (stack: Stack, skipped: readonly boolean[], x: tf.Tensor3D): number => {
  for (let seed = 1; seed < 1000; seed++) {
    const kept = new Set<string>();
    const join = ({ path }: JoinEvent): void => {
      kept.add(path);
    };
    stack.call(x, { ...training(seed), probe: { join } }).dispose();
    const found = stack.subLayers().map(({ path }) => !kept.has(path));
    if (found.every((value, i) => value === skipped[i])) return seed;
  }
  throw new Error('no such seed');
};

describe('the probability of skipping', () => {
  it('rises linearly to its rate at the last branch, or is constant', () => {
    const rates = (rule: 'linear' | 'constant'): number[] =>
      [0, 1, 2, 3].map((index) => skipRate({ rate: 0.4, rule }, { index, branches: 4 }));
    expect(maxError(rates('linear'), [0.1, 0.2, 0.3, 0.4])).toBeLessThan(1e-12);
    expect(rates('constant')).toEqual([0.4, 0.4, 0.4, 0.4]);
  });
});

onBackends(() => {
  describe('stochastic depth', () => {
    it('computes a branch as often as it survives, and keeps the expectation of the sum', () => {
      const { seen, stack } = ones(bare, { rate: 0.25 });
      const x = tf.zeros<tf.Rank.R3>([1, 1, D]);
      const runs = 1000;
      const sums = Array.from({ length: runs }, (_, seed) => {
        const y = stack.call(x as tf.Tensor3D, training(seed));
        const [first] = read(y);
        y.dispose();
        return first!;
      });
      expect([...new Set(sums)].sort()).toEqual([0, Math.fround(4 / 3)]);
      expect(sums.filter((sum) => sum > 0).length).toBe(seen.calls);
      // Four standard errors of a mean whose deviation is sqrt(0.25 / 0.75).
      expect(Math.abs(mean(sums) - 1)).toBeLessThan(4 * Math.sqrt(0.25 / 0.75 / runs));
    });

    it('leaves scale, block shortcut and norm of what it skips', () => {
      const x = tf.tensor3d(noise(2 * D, 1), [1, 2, D]);
      const scaledPost: ResidualMethod = {
        ...bare,
        plan: () => ({
          residual: { after: 'layer', shortcutScale: { kind: 'constant', value: 3 }, branchScale: ONE },
        }),
      };
      const norm = (numbers: number[]): number[] =>
        layerNormFormula(numbers, new Array(D).fill(1), new Array(D).fill(0), 1e-5);
      const { stack: post } = ones(scaledPost, { rate: 0.5 });
      const one = post.call(x, training(seedWhere(post, [true], x)));
      expect(maxError(read(one), norm(read(x).map((value) => 3 * value)))).toBeLessThan(1e-5);

      const { stack: blocks } = ones(b2t(), { rate: 0.5, rule: 'constant' }, 1, 2);
      const two = blocks.call(x, training(seedWhere(blocks, [true, true], x)));
      const first = norm(read(x));
      const expected = norm(first.map((value, i) => value + read(x)[i]!));
      expect(maxError(read(two), expected)).toBeLessThan(1e-5);
    });

    it('costs no kernel and no tensor where a pre-norm branch is skipped', async () => {
      const { seen, stack } = ones(bare, { rate: 0.5 });
      const x = tf.zeros<tf.Rank.R3>([1, 1, D]) as tf.Tensor3D;
      const context = training(seedWhere(stack, [true], x));
      const before = seen.calls;
      const { kernels } = await tf.profile(() => tf.tidy(() => stack.call(x, context)));
      expect(kernels.map(({ name }) => name)).toEqual(['Identity']);
      expect(seen.calls).toBe(before);
      expect(leftovers(() => stack.call(x, context))).toBe(0);
      const y = stack.call(x, context);
      y.dispose();
      expect(x.isDisposed).toBe(false);
    });

    it('gives the weights of a skipped branch no gradient, all others one', () => {
      const model = languageModel({ ...sizes, stochasticDepth: { rate: 0.5, rule: 'constant' } }, 3);
      const x = tf.tensor3d(noise(2 * 3 * 8, 1), [2, 3, 8]);
      const skipped = [false, true, true, false];
      // The stream of a stack within its model: what `decode` hands on.
      const seed = seedWhere(model.decoder, skipped, x);
      const parameters = model.decoder.parameters();
      const weights = tf.tensor3d(noise(2 * 3 * 8, 2), [2, 3, 8]);
      const { loss, gradient } = lossAndGradient(parameters, () =>
        tf.sum(tf.mul(model.decoder.call(x, training(seed)), weights)),
      );
      const shapes = parameters.map(({ parameter }) => parameter.shape);
      const moved = new Map(
        unflatten(gradient, shapes).map((part, i) => [parameters[i]!.path, read(part).some((v) => v !== 0)]),
      );
      expect(Number.isFinite(read(loss)[0])).toBe(true);
      for (const [i, { path }] of model.decoder.subLayers().entries()) {
        expect(moved.get(`${path}.omega`), path).toBe(true);
        const name = path.endsWith('selfAttention') ? 'output' : 'outer';
        expect(moved.get(`${path}.branch.${name}.weight`), path).toBe(!skipped[i]);
      }
    });

    it('shows a probe the kept branches alone, scaled, and every branch where the context wants them', () => {
      const { stack } = ones(bare, { rate: 0.5, rule: 'constant' }, 3);
      const x = tf.zeros<tf.Rank.R3>([1, 1, D]) as tf.Tensor3D;
      const seed = seedWhere(stack, [false, true, false], x);
      const watched = (everyBranch: boolean): [string, number][] => {
        const seen: [string, number][] = [];
        const branch = (event: { path: string; branch: tf.Tensor3D }): undefined => {
          seen.push([event.path, read(event.branch)[0]!]);
        };
        stack.call(x, { ...training(seed), everyBranch, probe: { branch } });
        return seen;
      };
      expect(watched(false)).toEqual([
        ['layers.0.ones0', 2],
        ['layers.2.ones0', 2],
      ]);
      expect(watched(true).map(([, value]) => value)).toEqual([1, 1, 1]);
    });

    it('does nothing outside training, nor where a cache must grow', () => {
      const [plain, skipping] = [
        languageModel(sizes, 3),
        languageModel({ ...sizes, stochasticDepth: { rate: 0.9, rule: 'constant' } }, 3),
      ];
      const whole = read(plain.call(ids()));
      expect(read(skipping.call(ids()))).toEqual(whole);
      expect(read(skipping.call(ids(), training(1)))).not.toEqual(whole);
      for (const context of [{}, training(1)]) {
        const cache = new KeyValueCache();
        const steps = [0, 1, 2].map((t) =>
          skipping.logits(skipping.decode(tf.slice(ids(), [0, t], [-1, 1]), { ...context, cache })),
        );
        expect(maxError(read(tf.concat(steps, 1)), whole)).toBeLessThan(1e-5);
        cache.dispose();
      }
    });

    it('is a function of the random stream', () => {
      const model = encoder({ ...sizes, stochasticDepth: { rate: 0.5, rule: 'constant' } });
      const run = (seed: number): string => read(model.call(ids(), training(seed))).join();
      expect(run(1)).toBe(run(1));
      expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].map(run)).size).toBeGreaterThan(4);
      expect(() => model.call(ids(), { training: true })).toThrow(
        "stochastic depth at 'encoder.layers.0.selfAttention': training with rate 0.5 needs context.random",
      );
    });
  });
});

describe('the option stochasticDepth', () => {
  it('is one for all stacks or by stack, and round-trips as JSON', () => {
    const full = { rate: 0.2, rule: 'linear' };
    const both = transformer({ ...sizes, stochasticDepth: { rate: 0.2 } });
    expect([both.config.encoder.stochasticDepth, both.config.decoder.stochasticDepth]).toEqual([full, full]);
    const one = transformer({ ...sizes, stochasticDepth: { decoder: { rate: 0.2 } } });
    expect([one.config.encoder.stochasticDepth, one.config.decoder.stochasticDepth]).toEqual([
      undefined,
      full,
    ]);
    const others = [
      languageModel({ ...sizes, stochasticDepth: { rate: 0.2 } }),
      encoder({ ...sizes, stochasticDepth: { rate: 0.2 } }),
    ];
    for (const model of [both, one, ...others]) {
      const again = fromConfig(JSON.parse(JSON.stringify(model.config)) as FullConfig);
      expect(again.config).toEqual(model.config);
    }
    expect(transformer(sizes).config.encoder).not.toHaveProperty('stochasticDepth');
  });

  it('reaches the stack of a layer', () => {
    const block = { width: 8, heads: 2, feedForward: 16, depth: 4, method: { name: 'preLN' } };
    const build = (own: object) => asLayer({ factory: 'encoder', config: { ...block, ...own } }).module;
    const x = tf.tensor3d(noise(3 * 8, 1), [1, 3, 8]);
    const [plain, skipping] = [build({}), build({ stochasticDepth: { rate: 0.9, rule: 'constant' } })];
    expect(read(skipping.call(x, {}))).toEqual(read(plain.call(x, {})));
    expect(read(skipping.call(x, training(1)))).not.toEqual(read(plain.call(x, training(1))));
  });

  it.each<[object, string]>([
    [{ rate: 1 }, 'encoder stochasticDepth.rate: received 1, allowed numbers in [0, 1)'],
    [{ rate: 0.1, rule: 'cosine' }, "stochasticDepth.rule: received 'cosine', allowed 'linear', 'constant'"],
    [{ rate: 0.1, role: 1 }, "encoder stochasticDepth: unknown option 'role', did you mean 'rule'?"],
    [{ rte: 0.1 }, "Transformer stochasticDepth: unknown option 'rte', did you mean 'rate'?"],
    [{ encoder: { rte: 0.1 } }, "encoder stochasticDepth: unknown option 'rte', did you mean 'rate'?"],
  ])('%j is an error', (stochasticDepth, message) => {
    expect(() => transformer({ ...sizes, method: preLN(), stochasticDepth } as never)).toThrow(message);
  });
});
