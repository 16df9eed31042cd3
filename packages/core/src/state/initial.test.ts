import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { languageModel } from '../models/languageModel';
import { admin } from '../residual/methods/admin';
import { withoutInitialValues } from './initial';

beforeAll(() => tf.setBackend('cpu'));

const build = () =>
  languageModel({ vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1, method: admin() }, 3);
const valuesOf = (model: ReturnType<typeof build>): Record<string, number[]> =>
  Object.fromEntries(model.parameters().map(({ path, parameter }) => [path, read(parameter.value)]));

describe('withoutInitialValues', () => {
  it('builds the same parameters, with zeros where numbers would be drawn', async () => {
    const drawn = valuesOf(build());
    const found = valuesOf(await withoutInitialValues(build));
    expect(Object.keys(found)).toEqual(Object.keys(drawn));
    for (const [path, values] of Object.entries(drawn)) {
      const constant = values.every((each) => each === values[0]);
      expect(found[path]).toEqual(constant ? values : values.map(() => 0));
    }
    expect(valuesOf(build())).toEqual(drawn);
  });

  it('draws after all for a build that refuses zeros, and passes on why one fails', async () => {
    const drawn = valuesOf(build());
    const picky = () => {
      const model = build();
      if (valuesOf(model)['embedding.table']?.every((each) => each === 0)) throw new Error('no variance');
      return model;
    };
    const path = Object.keys(drawn).find((each) => /embed/i.test(each))!;
    expect(path).toBe('embedding.table');
    expect(valuesOf(await withoutInitialValues(picky))).toEqual(drawn);
    const failing = () => Promise.reject(new Error('no such corpus'));
    await expect(withoutInitialValues(failing)).rejects.toThrow('no such corpus');
    expect(valuesOf(build())).toEqual(drawn);
  });
});
