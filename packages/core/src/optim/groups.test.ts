import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { groupsOf, made, pick, SIZE, values } from '../../testing/optimGroups';
import { type NamedParameter, vectorParameter } from '../state/module';
import { adam } from './adam';
import type { ParameterGroup } from './groups';
import { Optimizer } from './optimizer';
import type { UpdateRule } from './rule';
import { sgd } from './sgd';

describe('treated', () => {
  it('says which parameters are updated in which way of their own', () => {
    const all = made();
    const treated = (rule: UpdateRule, groups: ParameterGroup[] = []) => {
      const optimizer = new Optimizer(all, rule, { groups });
      const found = optimizer.treated.map(({ treatment, parameters }) => ({
        ...treatment,
        paths: parameters.map(({ path }) => path),
      }));
      optimizer.dispose();
      return found;
    };
    expect(treated(adam())).toEqual([]);
    expect(treated(sgd({ weightDecay: 0.1 }))).toEqual([{ weightDecay: 0, paths: ['bias', 'scale'] }]);
    expect(treated(adam({ weightDecay: 0.1 }), [{ parameters: all, weightDecay: 0.1 }])).toEqual([]);
    expect(treated(adam({ weightDecay: 0.1 }), groupsOf(0.1)(all))).toEqual([
      { rateFactor: 2, paths: ['first', 'second'] },
      { weightDecay: 0.2, epsilon: 1e-3, paths: ['bias'] },
      { frozen: true, paths: ['fixed'] },
      { rateFactor: 0.5, weightDecay: 0, paths: ['scale'] },
    ]);
    // A rate of its own alone leaves biases out of decay.
    expect(treated(adam({ weightDecay: 0.1 }), [{ parameters: all, rateFactor: 3 }])).toEqual([
      { rateFactor: 3, paths: ['first', 'fixed', 'second'] },
      { rateFactor: 3, weightDecay: 0, paths: ['bias', 'scale'] },
    ]);
    for (const { parameter } of all) parameter.dispose();
  });
});

describe('mistakes', () => {
  const all = (): NamedParameter[] => made();
  const stranger = { path: 'stranger', parameter: vectorParameter(Float32Array.of(1)) };
  const own: UpdateRule = { name: 'own', options: {}, coefficients: adam().coefficients };
  const bias = (parameters: readonly NamedParameter[]): readonly NamedParameter[] => pick(parameters, 'bias');

  it.each<[string, (p: NamedParameter[]) => unknown, UpdateRule, string]>([
    [
      'two groups',
      (p) => [{ parameters: bias(p) }, { parameters: p }],
      adam(),
      "Optimizer: the parameter 'bias' is in two groups, groups[0] and groups[1]; leave it out of one",
    ],
    [
      'two groups with names',
      (p) => [
        { name: 'slow', parameters: bias(p) },
        { name: 'fast', parameters: p },
      ],
      adam(),
      "the parameter 'bias' is in two groups, 'slow' and 'fast'",
    ],
    [
      'a parameter of another model',
      () => [{ parameters: [stranger] }],
      adam(),
      "the parameter 'stranger' of groups[0] is not among those of the optimizer",
    ],
    ['all frozen', (p) => [{ parameters: p, frozen: true }], adam(), 'every parameter is frozen'],
    ['no list', () => 7, adam(), 'Optimizer groups: received 7, allowed a list of groups'],
    ['a pattern', () => ['**.bias'], adam(), "groups[0]: received '**.bias', allowed an object of name,"],
    [
      'nothing in it',
      () => [{ parameters: [] }],
      adam(),
      'groups[0].parameters: received [], allowed a list of',
    ],
    ['no parameters', () => [{ rateFactor: 2 }], adam(), 'groups[0]: missing parameters'],
    [
      'an option that there is not',
      (p) => [{ parameters: p, lr: 2 }],
      adam(),
      "groups[0]: unknown option 'lr'",
    ],
    [
      'a rate of 0',
      (p) => [{ parameters: p, rateFactor: 0 }],
      adam(),
      'groups[0].rateFactor: received 0, allowed numbers > 0 (what is not to be trained is { frozen: true })',
    ],
    [
      'decay below 0',
      (p) => [{ parameters: p, weightDecay: -1 }],
      adam(),
      'groups[0].weightDecay: received -1',
    ],
    ['no epsilon', (p) => [{ parameters: p, epsilon: 0 }], adam(), 'groups[0].epsilon: received 0'],
    ['frozen by text', (p) => [{ parameters: p, frozen: 'yes' }], adam(), "groups[0].frozen: received 'yes'"],
    [
      'epsilon of a rule that has none',
      (p) => [{ parameters: p, epsilon: 1e-6 }],
      sgd(),
      "groups[0].epsilon: received 0.000001, allowed nothing: the rule 'sgd' has no epsilon for a group to replace",
    ],
    [
      'decay of a rule that cannot be told',
      (p) => [{ parameters: p, weightDecay: 0 }],
      own,
      "the rule 'own' has no weightDecay for a group to replace",
    ],
  ])('%s', (_, groups, rule, message) => {
    const parameters = all();
    const before = tf.memory().numTensors;
    const start = values(parameters);
    expect(() => new Optimizer(parameters, rule, { groups: groups(parameters) as never })).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    expect(values(parameters)).toEqual(start);
    for (const { parameter } of parameters) parameter.dispose();
  });

  it('a parameter that stands twice, and options that there are not', () => {
    const parameters = all();
    const twice = [...parameters, { path: 'again', parameter: parameters[1]!.parameter }];
    expect(() => new Optimizer(twice, adam())).toThrow(
      "Optimizer: 'bias' and 'again' are one parameter; give each once, as model.parameters() does",
    );
    expect(() => new Optimizer(parameters, adam(), { group: [] } as never)).toThrow(
      "Optimizer: unknown option 'group', did you mean 'groups'?",
    );
    for (const { parameter } of parameters) parameter.dispose();
  });

  it('a rate that a factor drives beyond what float32 holds, before anything is changed', () => {
    const parameters = all();
    const optimizer = new Optimizer(parameters, adam(), {
      groups: [{ parameters: bias(parameters), rateFactor: 1e38 }],
    });
    const before = values(parameters);
    const gradient = tf.ones<tf.Rank.R1>([SIZE]);
    expect(() => optimizer.step(gradient as tf.Tensor1D, 10)).toThrow(
      'stepSize of update 1 by adam: received 1.0000000000000002e+40, allowed finite numbers. The learning rate was 1e+39.',
    );
    expect(values(parameters)).toEqual(before);
    expect(optimizer.updates).toBe(0);
    tf.dispose(gradient);
    optimizer.dispose();
  });
});
