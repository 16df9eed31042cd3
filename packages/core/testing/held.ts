import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { adam } from '../src/optim/adam';
import { Optimizer } from '../src/optim/optimizer';
import { Module, matrixParameter, type NamedParameter, vectorParameter } from '../src/state/module';
import { loadStateDict, stateDict } from '../src/state/parameters';
import { noise, read } from './numbers';

// What is read or cloned of a parameter never changes afterwards, whatever the optimizer does to it.

class Weights extends Module {
  readonly weight = matrixParameter(Float32Array.from(noise(6, 1)), 2, 3);
  readonly bias = vectorParameter(Float32Array.from(noise(2, 2)));
}
class OneWeight extends Module {
  readonly weight = matrixParameter(Float32Array.from(noise(6, 1)), 2, 3);
}

/** Everything by which a program holds on to the values of a parameter: each gives a way to look again later. */
const hold = async ({ parameter }: NamedParameter): Promise<Record<string, () => number[]>> => {
  const { value, variable } = parameter;
  const now = value.dataSync();
  const later = await variable.data();
  const buffer = await value.buffer();
  const nested = (await value.array()) as number[] | number[][];
  const tensors = {
    clone: tf.clone(value),
    'clone of a clone': tf.clone(tf.clone(value)),
    'reshaped form': tf.reshape(value, [value.size]),
    slice: tf.slice(value, new Array(value.rank).fill(0), [...value.shape]),
    cast: tf.cast(value, 'float32'),
    'expanded form': tf.expandDims(value, 0),
  };
  return {
    dataSync: () => Array.from(now),
    data: () => Array.from(later),
    buffer: () => Array.from(buffer.values),
    array: () => nested.flat(),
    ...Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, () => read(tensor)])),
  };
};

const expectHeld = (held: readonly Record<string, () => number[]>[], before: readonly number[][]): void => {
  for (const [i, views] of held.entries()) {
    for (const [how, look] of Object.entries(views))
      expect({ how, now: look() }).toEqual({ how, now: before[i] });
  }
};

/** The tests of it, on the backend that is active then. */
export const keepsWhatIsHeld = (): void => {
  it.each([
    ['two parameters', () => new Weights()],
    ['one parameter', () => new OneWeight()],
  ])('%s: what was read or cloned before a step stays', async (_what, make) => {
    const model = make();
    const named = model.parameters();
    const values = (): number[][] => named.map(({ parameter }) => read(parameter.value));
    const size = model.parameterCount();
    const rounds: [Record<string, () => number[]>[], number[][]][] = [];
    const note = async (): Promise<void> => {
      rounds.push([await Promise.all(named.map(hold)), values()]);
    };
    await note(); // before there is an optimizer
    const state = await stateDict(model);
    const copied = Object.fromEntries(Object.entries(state).map(([path, { data }]) => [path, [...data]]));
    loadStateDict(model, state); // its arrays are the caller's, too
    await note();
    const optimizer = new Optimizer(named, adam());
    for (let step = 0; step < 3; step++) {
      await note();
      const gradient = tf.tensor1d(noise(size, 10 + step));
      const kept = [...gradient.dataSync()];
      optimizer.step(gradient, 0.1);
      expect(read(gradient)).toEqual(kept);
    }
    const moments = await optimizer.state();
    const [m, v] = [[...moments.m], [...moments.v]];
    await note();
    optimizer.step(tf.tensor1d(noise(size, 20)), 0.1);
    optimizer.dispose();

    expect(values()).not.toEqual(rounds.at(-1)![1]);
    for (const [held, before] of rounds) expectHeld(held, before);
    for (const [path, numbers] of Object.entries(copied)) expect([...state[path]!.data]).toEqual(numbers);
    expect([[...moments.m], [...moments.v]]).toEqual([m, v]);
  });

  it("what the caller made a parameter of stays the caller's", () => {
    const own = Float32Array.from(noise(6, 1));
    const parameter = vectorParameter(own);
    const optimizer = new Optimizer([{ path: 'own', parameter }], adam());
    optimizer.step(tf.tensor1d(noise(6, 2)), 0.1);
    expect([...own]).toEqual(noise(6, 1));
    expect(read(parameter.value)).not.toEqual(noise(6, 1));
    optimizer.dispose();
  });
};
