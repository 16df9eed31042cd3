import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { noise, read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { Stack } from '../residual/stack';
import { encoderBlock } from './blocks';
import { asStacked, checkStacked } from './stacked';

beforeAll(async () => {
  await selectBackend('wasm');
});

it('asStacked makes a model of a bare stack, whose paths begin with stack', () => {
  const block = encoderBlock({ width: 8, heads: 2, feedForward: 16 });
  const stack = new Stack({ name: 'encoder', width: 8, depth: 2, block, method: admin() }, randomStream(1));
  const model = asStacked(stack);
  const x = tf.tensor3d(noise(24, 1), [1, 3, 8]);
  const seen: string[] = [];
  const probe = { branch: ({ path }: { readonly path: string }) => void seen.push(path) };
  const [whole, alone] = [model.call(x, { probe }), stack.call(x, {})];
  expect(read(whole)).toEqual(read(alone));
  expect(seen).toEqual(stack.subLayers().map(({ path }) => `stack.${path}`));
  expect(model.stacks()).toEqual({ stack });
  expect(model.parameters().map(({ path }) => path)).toEqual(
    stack.parameters().map(({ path }) => `stack.${path}`),
  );
  expect(model.tokenMasks).toBeUndefined();
  tf.dispose([x, whole, alone]);
  model.dispose();
});

it('takes a model whose methods lie on its prototype alone', () => {
  class Bare {
    stacks() {
      return {};
    }
    call() {
      return undefined;
    }
  }
  const given = (model: unknown) => () => checkStacked('f()', model as Parameters<typeof checkStacked>[1]);
  expect(given(new Bare())).not.toThrow();
  for (const wrong of [undefined, null, 'text', {}, Promise.resolve(new Bare())]) {
    expect(given(wrong)).toThrow('f() model: received');
  }
});
