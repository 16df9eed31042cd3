import {
  admin,
  Module,
  postLN,
  preLN,
  randomStream,
  Stack,
  type Stacked,
  scope,
  selectBackend,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ids, kinds, pair } from '../../testing/models';
import { FeedForwardOnly } from '../../testing/ownStack';
import { profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

/** Runs its stack twice on one input, as universal Transformers do. */
class Twice extends FeedForwardOnly {
  override call(x: tf.Tensor3D, context = {}): tf.Tensor3D {
    return super.call(super.call(x, context), context);
  }
}

/** A stack whose residuals hold another one, which is not in stacks(). */
class Nested extends Module implements Stacked<tf.Tensor3D> {
  readonly inner: FeedForwardOnly = new FeedForwardOnly({ width: 16, hidden: 32, method: admin() });
  readonly body: Stack;

  constructor() {
    super();
    const branch = { call: (x: tf.Tensor3D, context: object) => this.inner.call(x, context) };
    const block = [{ name: 'nested', branch: () => branch }];
    this.body = new Stack({ name: 'encoder', width: 16, depth: 2, block, method: admin() }, randomStream(1));
  }

  stacks(): Record<string, Stack> {
    return { body: this.body };
  }

  call(x: tf.Tensor3D, context = {}): tf.Tensor3D {
    return this.body.call(x, scope(context, 'body'));
  }
}

describe('profile refuses', () => {
  it('stacks without omegas, no batch, and unknown options', async () => {
    const noScale =
      'profile(): no residual of the model, in encoder, decoder, has a shortcut scale to profile; build the stack with admin()';
    await expect(profile(kinds.transformer({ method: postLN() }), [pair()])).rejects.toThrow(noScale);
    const method = { encoder: postLN(), decoder: preLN() };
    const hybrid = transformer({ vocabulary: 50, padId: 1, width: 16, heads: 4, depth: 1, method });
    await expect(profile(hybrid, [pair()])).rejects.toThrow(noScale);
    await expect(profile(kinds.encoder(), [])).rejects.toThrow('no batch received');
    await expect(profile(kinds.encoder(), [ids(1, 2, 1)], { rul: 'paper' } as object)).rejects.toThrow(
      "did you mean 'rule'",
    );
    await expect(profile(kinds.encoder(), [ids(1, 2, 1)], { pads: 'none' as 'masked' })).rejects.toThrow(
      "profile() pads: received 'none', allowed 'masked', 'counted'",
    );
  });

  it('a sub-layer that one call reaches twice, and frees what it kept', async () => {
    const model = new Twice({ width: 16, hidden: 32, depth: 2 });
    const stream = tf.tensor3d(randomStream(5).normal(96), [2, 3, 16]);
    const before = tf.memory().numTensors;
    await expect(profile(model, [stream])).rejects.toThrow(
      'one forward call reached body.layers.0.feedForward twice',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('profile of a model with stacks inside branches', () => {
  it('leaves those alone that the model does not name', async () => {
    const model = new Nested();
    const stream = tf.tensor3d(randomStream(5).normal(96), [2, 3, 16]);
    const made = await profile(model, [stream]);
    expect(made.stacks.body!.map(({ path }) => path)).toEqual([
      'body.layers.0.nested',
      'body.layers.1.nested',
    ]);
    expect(made.shapes).toEqual({ body: [[2, 3, 16]] });
  });
});
