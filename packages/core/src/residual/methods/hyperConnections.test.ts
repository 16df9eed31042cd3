import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, noise, read } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { selectBackend } from '../../backend/select';
import { encoderBlock } from '../../models/blocks';
import { randomStream } from '../../random/random';
import type { ResidualMethod } from '../residual';
import { Stack } from '../stack';
import { hyperConnections } from './hyperConnections';
import { preLN } from './preLN';

beforeAll(async () => {
  await selectBackend('cpu');
});

const outputOf = (method: ResidualMethod): number[] => {
  const block = encoderBlock({ width: 8, heads: 2, feedForward: 16 });
  const stack = new Stack({ name: 'encoder', width: 8, depth: 3, block, method }, randomStream(3));
  const x = tf.tensor3d(noise(2 * 3 * 8, 1), [2, 3, 8]);
  const y = stack.call(x);
  const numbers = read(y);
  tf.dispose([x, y]);
  stack.dispose();
  return numbers;
};

describe('hyper-connections', () => {
  // n streams alike sum up to n times one, which the norm at the end takes back.
  it.each([true, false])('start as Pre-LN, dynamic: %s', (dynamic) => {
    const method = hyperConnections({ dynamic, norm: 'layer' });
    expect(maxError(outputOf(method), outputOf(preLN()))).toBeLessThan(2e-5);
  });

  it('read stream i mod n first', () => {
    const readAt = (index: number) =>
      hyperConnections({ streams: 3 }).plan(placeAt({ index })).residual.streams!.read;
    expect([0, 1, 2, 3].map(readAt)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('take two streams at least', () => {
    expect(hyperConnections().options).toEqual({ streams: 4, dynamic: true, norm: 'rms' });
    expect(() => hyperConnections({ streams: 1 })).toThrow('hyperConnections() streams: received 1');
    expect(() => hyperConnections({ dynamic: 1 as never })).toThrow('hyperConnections() dynamic: received 1');
  });
});
