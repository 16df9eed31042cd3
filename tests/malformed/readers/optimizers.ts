import { adam, type Module, MovingAverage, Optimizer, preLN, select, transformer } from '@steadyformer/core';
import {
  type Domain,
  either,
  exactly,
  flag,
  listOf,
  needed,
  notNegative,
  positive,
  rate,
  record,
  text,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import type { Reader } from '../reader';

const model: Module = transformer(
  { vocabulary: 5, padId: 1, width: 4, heads: 1, depth: 1, method: preLN() },
  2,
);
const parameters = model.parameters();
const [first] = parameters;
const size = model.parameterCount();

const floats = (length: number): Domain => ({
  sound: () => new Float32Array(length),
  allows: (value) => value instanceof Float32Array && value.length === length,
});
const any: Domain = { sound: () => undefined, allows: () => true };

export const optimizers: readonly Reader[] = [
  optionsReader({
    name: 'core: group of Optimizer',
    options: {
      name: text('slow'),
      parameters: needed(
        listOf([first], record({ path: any, parameter: needed(exactly(first!.parameter)) }, 'open'), 1),
      ),
      rateFactor: positive(0.5),
      weightDecay: notNegative(0.1),
      epsilon: positive(1e-6),
      frozen: flag(true),
    },
    call: (group) => new Optimizer(parameters, adam(), { groups: [group] }).dispose(),
  }),
  optionsReader({
    name: 'core: Optimizer.restore',
    options: { updates: needed(whole(3, 0)), m: needed(floats(size)), v: needed(floats(size)) },
    call: async (state) => {
      const optimizer = new Optimizer(parameters, adam());
      try {
        optimizer.restore(state);
        return (await optimizer.state()).m.length === size ? undefined : 'another state';
      } finally {
        optimizer.dispose();
      }
    },
  }),
  optionsReader({
    name: 'core: MovingAverage',
    options: { decay: rate(0.9), warmup: flag(false) },
    call: async (options) => {
      const average = new MovingAverage(parameters, options);
      average.update();
      average.update();
      const { values } = await average.state();
      average.dispose();
      return values.every(Number.isFinite) ? undefined : 'its averages are not finite';
    },
  }),
  optionsReader({
    name: 'core: MovingAverage.restore',
    options: { updates: needed(whole(3, 0)), values: needed(floats(size)) },
    call: (state) => {
      const average = new MovingAverage(parameters);
      try {
        average.restore(state);
      } finally {
        average.dispose();
      }
    },
  }),
  valueReader('core: select', either(text('encoder.layers.*'), listOf(['**'], text('**'), 1)), (pattern) =>
    select(model, pattern).length > 0 ? undefined : 'nothing selected',
  ),
  optionsReader({
    name: 'core: select, options',
    options: { except: either(text('**.bias'), listOf(['**.bias'], text('**'))) },
    call: (options) => void select(model, '**', options),
  }),
];
