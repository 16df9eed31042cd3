import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encoder,
  FeedForward,
  type Module,
  model,
  preLN,
  randomStream,
  Stack,
  selectBackend,
} from '../index';

beforeAll(async () => {
  await selectBackend('cpu');
});

/** Names that JavaScript puts in front of others, and near ones: they would change places in paths and checkpoints. */
const SORTED = ['0', '1', '12', '4294967294', '4294967295', '01', '1e3', '7th', ''];
/** As names they keep their places. */
const KEPT = ['-1', 'e3', '٣', 'a0', '$1'];
/** What every object has. */
const INHERITED = ['constructor', '__proto__', 'toString', 'valueOf'];

const stack = { depth: 1, method: preLN(), block: ['feedForward'] };
const random = randomStream(1);
const branch = () => new FeedForward({ width: 4, hidden: 4 }, random);
const spec = (name: string) => ({ name, kind: 'feedForward', branch });

/** Every place where a name is given. */
const places: Readonly<Record<string, (name: string) => Module>> = {
  'a sub-layer': (name) =>
    new Stack(
      { name: 'own', width: 4, depth: 1, method: preLN(), block: [spec('first'), spec(name)] },
      random,
    ),
  'a sub-layer of a config': (name) =>
    encoder({
      vocabulary: 9,
      width: 4,
      heads: 2,
      ...stack,
      block: ['feedForward', { name, module: 'feedForward' }],
    }),
  'a stack': (name) =>
    new Stack({ name, width: 4, depth: 1, method: preLN(), block: [spec('first')] }, random),
  'a stack of a model': (name) =>
    model({
      width: 4,
      stacks: Object.fromEntries([
        ['first', stack],
        [name, { ...stack, reads: 'first' }],
      ]),
    }),
  'a table of a model': (name) =>
    model({
      width: 4,
      embeddings: Object.fromEntries([
        ['first', { vocabulary: 5 }],
        [name, { vocabulary: 7 }],
      ]),
      stacks: { body: { ...stack, embedding: name } },
    }),
};

describe.each(Object.keys(places))('the name of %s', (place) => {
  it.each(SORTED)("is not '%s'", (name) => {
    const before = tf.memory().numTensors;
    expect(() => places[place]!(name)).toThrow('names without dots or a digit in front');
    expect(tf.memory().numTensors).toBe(before);
  });
  it.each(KEPT)("may be '%s'", (name) => {
    places[place]!(name).dispose();
  });
  it.each(INHERITED)('may be %s only where no object has it', (name) => {
    const before = tf.memory().numTensors;
    if (place.endsWith('of a model')) {
      expect(() => places[place]!(name)).toThrow(
        `name of a stack or table: received '${name}', allowed names that no property or method of a model has`,
      );
    } else {
      const made = places[place]!(name);
      const paths = made.parameters().map(({ path }) => path);
      if (place.startsWith('a sub-layer')) {
        expect(paths.filter((path) => path.includes(`.${name}.branch.`))).toHaveLength(4);
      }
      made.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
