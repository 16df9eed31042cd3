import {
  admin,
  asStacked,
  type Branch,
  FeedForward,
  LayerNorm,
  Linear,
  loadStateDict,
  Module,
  postLN,
  type Residual,
  type ResidualMethod,
  randomStream,
  type Stack,
  type Stacked,
  selectBackend,
  wiring,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { disturb } from '../../testing/models';
import { FeedForwardOnly } from '../../testing/ownStack';
import { type FoldableModel, foldStacks } from '..';

beforeAll(async () => {
  await selectBackend();
});

const input = (): tf.Tensor3D => tf.tensor3d(randomStream(5).normal(48), [2, 3, 8]);
const shake = (model: Module): void => disturb(model as FoldableModel);

const scaled = (x: tf.Tensor3D, scale: Float32Array | undefined): tf.Tensor3D =>
  tf.mul(x, tf.tensor1d(scale!)) as tf.Tensor3D;

const largest = async (a: tf.Tensor, b: tf.Tensor): Promise<number> =>
  (await tf.max(tf.abs(tf.sub(a, b))).data())[0]!;

const rms = (kind: 'one' | 'vector', sharedBy?: string): ResidualMethod => ({
  name: 'rms',
  options: {},
  plan: () => ({
    residual: {
      after: 'rms',
      shortcutScale: kind === 'one' ? { kind } : { kind, initial: 1, ...(sharedBy ? { sharedBy } : {}) },
      branchScale: { kind: 'one' },
    },
  }),
});

describe("foldStacks on a model of the user's own", () => {
  it.each([
    ['LayerNorm', admin(), postLN()],
    ['RMSNorm', rms('vector'), rms('one')],
    ['one omega for all', rms('vector', 'all'), rms('one')],
  ])('gives weights and the scale of its input (%s)', async (_name, method, without) => {
    const sizes = { width: 8, hidden: 16, depth: 3 };
    const model = new FeedForwardOnly({ ...sizes, method });
    shake(model);
    const { state, inputScales } = await foldStacks(model);
    const plain = new FeedForwardOnly({ ...sizes, method: without, seed: 2 });
    loadStateDict(plain, state);
    expect(await largest(model.call(input()), plain.call(scaled(input(), inputScales.body)))).toBeLessThan(
      1e-5,
    );
    expect(await largest(model.call(input()), plain.call(input()))).toBeGreaterThan(0.1);
  });

  it('folds a bare stack', async () => {
    const sizes = { width: 8, hidden: 16, depth: 2 };
    const { body } = new FeedForwardOnly(sizes);
    shake(body);
    const { state, inputScales } = await foldStacks(asStacked(body));
    const plain = new FeedForwardOnly({ ...sizes, method: postLN() }).body;
    loadStateDict(asStacked(plain), state);
    const [before, after] = [body.call(input(), {}), plain.call(scaled(input(), inputScales.stack), {})];
    expect(await largest(before, after)).toBeLessThan(1e-5);
  });

  it('has no input scale for a stack without omega', async () => {
    const model = new FeedForwardOnly({ width: 8, hidden: 16, method: postLN() });
    expect((await foldStacks(model)).inputScales).toEqual({});
  });
});

/** A branch of one map, which it may name twice. */
class Doubled extends Module implements Branch {
  constructor(readonly map: Linear) {
    super();
  }

  inputProjections(): readonly Linear[] {
    return [this.map, this.map];
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => tf.add(this.map.call(x), this.map.call(tf.mul(x, 0.5))));
  }
}

const linear = (seed: number): Linear => new Linear({ inputs: 8, outputs: 8 }, {}, randomStream(seed));

/** A model with something beside its stack. */
class WithExtra extends FeedForwardOnly {
  constructor(
    branch: Branch,
    readonly extra: Module,
  ) {
    super({ width: 8, hidden: 16, branch });
  }
}

describe('foldStacks and shared weights', () => {
  it('lets one sub-layer read its input twice with one map', async () => {
    const model = new FeedForwardOnly({ width: 8, hidden: 16, branch: new Doubled(linear(1)) });
    shake(model);
    const { state, inputScales } = await foldStacks(model);
    const plain = new FeedForwardOnly({
      width: 8,
      hidden: 16,
      branch: new Doubled(linear(2)),
      method: postLN(),
    });
    loadStateDict(plain, state);
    const after = plain.call(scaled(input(), inputScales.body));
    expect(await largest(model.call(input()), after)).toBeLessThan(1e-5);
  });

  it('refuses a layer that two blocks share, naming both places', async () => {
    const branch = new FeedForward({ width: 8, hidden: 16 }, randomStream(1));
    const model = new FeedForwardOnly({ width: 8, hidden: 16, depth: 2, branch });
    await expect(foldStacks(model)).rejects.toThrow(
      'body.layers.0.feedForward.branch.inner.weight is shared with body.layers.1.feedForward.branch.inner.weight',
    );
  });

  it('refuses a reader that the model uses elsewhere as well', async () => {
    const map = linear(1);
    await expect(foldStacks(new WithExtra(new Doubled(map), map))).rejects.toThrow(
      'body.layers.0.feedForward.branch.map.weight is shared with extra.weight',
    );
  });
});

describe('foldStacks', () => {
  it('refuses branches whose readers it cannot find', async () => {
    const silent = { call: (x: tf.Tensor3D) => tf.clone(x) };
    const fold = (branch: Branch) => foldStacks(new FeedForwardOnly({ width: 8, hidden: 16, branch }));
    await expect(fold(silent)).rejects.toThrow(
      'the branch at body.layers.0.feedForward does not say which maps read its input',
    );
    const map = linear(1);
    await expect(fold({ ...silent, inputProjections: () => [map] })).rejects.toThrow(
      'inputProjections() of body.layers.0.feedForward names a map that is not among its parameters',
    );
  });

  it('refuses other residuals than Post-LN', async () => {
    const method: ResidualMethod = {
      ...rms('vector'),
      plan: (place) => {
        const { residual } = rms('vector').plan(place);
        return { residual: { ...residual, streams: wiring({ read: [1], carry: [[1]], write: [1] }) } };
      },
    };
    await expect(foldStacks(new FeedForwardOnly({ width: 8, hidden: 16, method }))).rejects.toThrow(
      'body.layers.0.feedForward is not a Post-LN residual with a scaled shortcut',
    );
  });

  it.each<[string, NonNullable<Residual['after']>]>([
    ['scale', 'scale'],
    ['mine', { name: 'mine', make: (width) => new LayerNorm(width) }],
  ])('refuses a norm whose gain need not take omega in (%s)', async (name, after) => {
    const method: ResidualMethod = {
      ...rms('vector'),
      plan: (place) => {
        const { residual } = rms('vector').plan(place);
        return { residual: { ...residual, after } };
      },
    };
    await expect(foldStacks(new FeedForwardOnly({ width: 8, hidden: 16, method }))).rejects.toThrow(
      `cannot fold omega away: the norm '${name}' of body.layers.0.feedForward need not scale with its gain`,
    );
  });

  it('refuses a stack that goes by another name than its field', async () => {
    const model = new FeedForwardOnly({ width: 8, hidden: 16 });
    const renamed: Stacked<tf.Tensor3D> = Object.assign(model, {
      stacks: (): Record<string, Stack> => ({ trunk: model.body }),
    });
    await expect(foldStacks(renamed)).rejects.toThrow(
      'body.layers.0.feedForward.branch.inner.weight is not at trunk.layers.0.feedForward.branch.inner.weight',
    );
  });
});
