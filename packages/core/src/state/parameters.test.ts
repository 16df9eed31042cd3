import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { Module, matrixParameter, type Parameter, vectorParameter } from './module';
import { loadStateDict, type StateDict, stateDict } from './parameters';

class Pair extends Module {
  readonly weight: Parameter<tf.Rank.R2> = matrixParameter(Float32Array.of(1, 2, 3, 4), 2, 2);
  readonly bias: Parameter<tf.Rank.R1> = vectorParameter(Float32Array.of(5, 6));
}

const other: StateDict = {
  weight: { shape: [2, 2], data: Float32Array.of(10, 20, 30, 40) },
  bias: { shape: [2], data: Float32Array.of(50, 60) },
};

onBackends(() => {
  describe('state dict', () => {
    it('reads all parameters, and loads them into another module', async () => {
      const [one, two] = [new Pair(), new Pair()];
      loadStateDict(one, other);
      loadStateDict(two, await stateDict(one));
      expect(await stateDict(two)).toEqual(other);
      expect(leftovers(() => loadStateDict(one, other) ?? [])).toBe(0);
      one.dispose();
      two.dispose();
    });

    it.each<[string, StateDict, string]>([
      ['missing', { weight: other.weight! }, 'missing bias;'],
      ['left over', { ...other, gain: other.bias! }, 'not in the model gain;'],
      ['renamed', { weight: other.weight!, bia: other.bias! }, "the nearest to 'bia' is 'bias'"],
      [
        'of another shape',
        { ...other, bias: { shape: [2, 1], data: Float32Array.of(1, 2) } },
        "parameter 'bias': received shape [2, 1], expected [2]",
      ],
      [
        'of too few numbers',
        { ...other, bias: { shape: [2], data: Float32Array.of(1) } },
        "parameter 'bias': received 1 numbers, its shape holds 2",
      ],
    ])('names tensors that are %s, and changes nothing', async (_what, state, message) => {
      const pair = new Pair();
      const before = await stateDict(pair);
      expect(() => loadStateDict(pair, state)).toThrow(message);
      expect(await stateDict(pair)).toEqual(before);
      pair.dispose();
    });

    it('names three of many, and counts the rest', () => {
      const extra = Object.fromEntries('abcde'.split('').map((name) => [name, other.bias!]));
      const pair = new Pair();
      expect(() => loadStateDict(pair, { ...other, ...extra })).toThrow(
        'not in the model a, b, c, and 2 more;',
      );
      pair.dispose();
    });
  });
});

it('keeps no tensor of its own', async () => {
  const pair = new Pair();
  const before = tf.memory().numTensors;
  await stateDict(pair);
  expect(tf.memory().numTensors).toBe(before);
  pair.dispose();
});
