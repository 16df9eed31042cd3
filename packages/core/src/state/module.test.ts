import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { Optimizer } from '../optim/optimizer';
import { sgd } from '../optim/sgd';
import { Module, matrixParameter, type NamedParameter, Parameter, vectorParameter } from './module';
import { loadStateDict, stateDict } from './parameters';

class Leaf extends Module {
  readonly weight: Parameter<tf.Rank.R2> = matrixParameter(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3);
  readonly bias: Parameter<tf.Rank.R1> = vectorParameter(Float32Array.of(7));
}

class Tree extends Module {
  readonly first: Leaf = new Leaf();
  readonly layers: readonly Readonly<Record<string, Leaf>>[] = [
    { a: new Leaf() },
    { a: new Leaf(), b: new Leaf() },
  ];
  /** The same module under a second name. */
  readonly alias: Leaf = this.first;
  readonly own: Parameter = new Parameter(tf.scalar(1));
  readonly shared: Parameter = this.layers[0]!.a!.bias;
  readonly settings: { readonly width: number; readonly names: readonly string[] } = {
    width: 3,
    names: ['x'],
  };
  readonly nothing: undefined = undefined;
}

beforeAll(() => tf.setBackend('cpu'));

describe('Module', () => {
  it('finds every parameter once, by dotted path in field order', () => {
    const tree = new Tree();
    expect(tree.parameters().map(({ path }) => path)).toEqual([
      'first.weight',
      'first.bias',
      'layers.0.a.weight',
      'layers.0.a.bias',
      'layers.1.a.weight',
      'layers.1.a.bias',
      'layers.1.b.weight',
      'layers.1.b.bias',
      'own',
    ]);
    expect(tree.parameterCount()).toBe(4 * 7 + 1);
    const places = tree.occurrences().filter(({ parameter }) => parameter === tree.shared);
    expect(places.map(({ path }) => path)).toEqual(['layers.0.a.bias', 'shared']);
    expect(tree.occurrences()).toHaveLength(12);
    tree.dispose();
  });

  it('gives the module at a path', () => {
    const tree = new Tree();
    expect(tree.at('')).toBe(tree);
    expect(tree.at('first')).toBe(tree.first);
    expect(tree.at('alias')).toBe(tree.first);
    expect(tree.at('layers.1.b')).toBe(tree.layers[1]!.b);
    tree.dispose();
  });

  it('names the nearest path where there is no module', () => {
    const tree = new Tree();
    expect(() => tree.at('layers.1.c')).toThrow("no module at 'layers.1.c'; the nearest is 'layers.1.a'");
    expect(() => tree.at('own')).toThrow("no module at 'own'");
    expect(() => tree.first.at('weight')).toThrow('this one has no modules inside');
    tree.dispose();
  });

  it('frees every parameter, also twice', () => {
    const before = tf.memory().numTensors;
    const tree = new Tree();
    expect(tf.memory().numTensors).toBe(before + 9);
    tree.dispose();
    tree.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('Parameter', () => {
  it('has shape, size and value', () => {
    const parameter = matrixParameter(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3);
    expect(parameter.shape).toEqual([2, 3]);
    expect(parameter.size).toBe(6);
    expect(read(parameter.value)).toEqual([1, 2, 3, 4, 5, 6]);
    parameter.dispose();
  });

  it('takes a new value and leaves the tensor to the caller', () => {
    const parameter = vectorParameter(Float32Array.of(1, 2));
    const before = tf.memory().numTensors;
    const next = tf.tensor1d([3, 4]);
    parameter.assign(next);
    next.dispose();
    expect(read(parameter.value)).toEqual([3, 4]);
    expect(tf.memory().numTensors).toBe(before);
    parameter.dispose();
  });

  it('of no use says why, until it is given another value', async () => {
    const own = new Leaf();
    const before = await stateDict(own);
    const [{ parameter }] = own.parameters() as [NamedParameter];
    parameter.invalidate('an update was left half done');
    expect(() => parameter.value).toThrow('an update was left half done');
    await expect(stateDict(own)).rejects.toThrow('an update was left half done');
    expect(() => new Optimizer(own.parameters(), sgd())).toThrow('an update was left half done');
    loadStateDict(own, before);
    expect(await stateDict(own)).toEqual(before);
    own.dispose();
  });

  it('refuses another shape, and loses nothing by it', () => {
    const parameter = vectorParameter(Float32Array.of(1, 2));
    const next = tf.ones<tf.Rank.R1>([3]);
    const before = tf.memory().numTensors;
    expect(() => parameter.assign(next)).toThrow('received shape [3], expected [2]');
    expect(tf.memory().numTensors).toBe(before);
    expect(read(parameter.value)).toEqual([1, 2]);
    tf.dispose(next);
    parameter.dispose();
  });
});
