import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { clipFactor, globalNorm } from '../autodiff/gradients';
import { type NamedParameter, Parameter, vectorParameter } from '../state/module';
import { adam } from './adam';
import type { ParameterGroup } from './groups';
import { Optimizer } from './optimizer';
import { radam } from './radam';
import type { UpdateRule } from './rule';
import { sgd } from './sgd';

// Written by fixtures/make_groups.py: torch.optim with parameter groups.
const reference = JSON.parse(
  readFileSync(new URL('../../fixtures/optimGroups.json', import.meta.url), 'utf8'),
) as {
  readonly learningRate: number;
  readonly clip: number;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly start: Readonly<Record<string, number[]>>;
  readonly gradients: number[][];
  readonly runs: Readonly<Record<string, { weights: number[][]; norms: number[] }>>;
};
const SIZE = reference.gradients[0]!.length;

const made = (): NamedParameter[] =>
  Object.entries(reference.shapes).map(([path, shape]) => ({
    path,
    parameter: new Parameter(tf.tensor(reference.start[path]!, shape, 'float32')),
  }));
const pick = (all: readonly NamedParameter[], ...paths: string[]): NamedParameter[] =>
  all.filter(({ path }) => paths.includes(path));
const values = (all: readonly NamedParameter[]): number[] =>
  all.flatMap(({ parameter }) => read(parameter.value));

/** The groups of the fixture's `groups_of`. */
const groupsOf =
  (weightDecay: number) =>
  (all: readonly NamedParameter[]): ParameterGroup[] => {
    const decay = (value: number): object => (weightDecay === 0 ? {} : { weightDecay: value });
    return [
      { parameters: pick(all, 'first', 'second'), rateFactor: 2, ...decay(weightDecay) },
      {
        parameters: pick(all, 'bias'),
        ...decay(2 * weightDecay),
        ...(weightDecay === 0 ? {} : { epsilon: 1e-3 }),
      },
      { parameters: pick(all, 'scale'), rateFactor: 0.5, ...decay(0) },
      { parameters: pick(all, 'fixed'), frozen: true },
    ];
  };

interface Case {
  readonly rule: UpdateRule;
  readonly groups?: (all: readonly NamedParameter[]) => ParameterGroup[];
  readonly clip?: number;
}
const momentum = { warmStart: 'momentum' } as const;
const cases: Readonly<Record<string, Case>> = {
  'adam-groups': { rule: adam(), groups: groupsOf(0.1) },
  'radam-groups': { rule: radam(momentum), groups: groupsOf(0.1) },
  'sgd-groups': { rule: sgd({ momentum: 0.9 }), groups: groupsOf(0) },
  'adam-clipped': { rule: adam(), groups: groupsOf(0.1), clip: reference.clip },
  // No groups: decay leaves out what has fewer than two axes.
  'adam-default': { rule: adam({ weightDecay: 0.1 }) },
  'radam-default': { rule: radam({ ...momentum, weightDecay: 0.1 }) },
};

/** The gradient of update `step` over some of the parameters, in their order. */
const gradientOf = (step: number, wanted: readonly NamedParameter[]): number[] => {
  let offset = 0;
  return Object.entries(reference.start).flatMap(([path, { length }]) => {
    offset += length;
    const own = reference.gradients[step]!.slice(offset - length, offset);
    return wanted.some((named) => named.path === path) ? own : [];
  });
};

const step = (optimizer: Optimizer, i: number, clip?: number): number => {
  const gradient = tf.tensor1d(gradientOf(i, optimizer.trained));
  const norm = globalNorm(gradient);
  const length = read(norm)[0]!;
  optimizer.step(gradient, reference.learningRate, clipFactor(length, clip));
  tf.dispose([gradient, norm]);
  return length;
};

/** Values and norms after each of 20 updates. */
const run = ({ rule, groups, clip }: Case): { weights: number[][]; norms: number[] } => {
  const all = made();
  const before = tf.memory().numTensors;
  const optimizer = new Optimizer(all, rule, groups ? { groups: groups(all) } : {});
  const [weights, norms]: [number[][], number[]] = [[], []];
  for (let i = 0; i < 20; i++) {
    norms.push(step(optimizer, i, clip));
    weights.push(values(all));
  }
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  for (const { parameter } of all) parameter.dispose();
  return { weights, norms };
};

const comparesAll = (): void => {
  it.each(Object.keys(cases))('%s over 20 steps equals PyTorch', (name) => {
    const [found, expected] = [run(cases[name]!), reference.runs[name]!];
    for (const [i, weights] of expected.weights.entries()) {
      expect(maxError(found.weights[i]!, weights), `update ${i + 1}`).toBeLessThan(1e-6);
      expect(Math.abs(found.norms[i]! / expected.norms[i]! - 1)).toBeLessThan(1e-6);
    }
    expect(maxError(found.weights[19]!, found.weights[0]!)).toBeGreaterThan(1e-2);
  });
};

onBackends(() => {
  describe('groups', () => {
    comparesAll();

    it('go on from a saved state bit for bit, and states are in the order given whatever the groups', async () => {
      const { rule } = cases['adam-groups']!;
      const [one, two] = [made(), made()];
      const whole = new Optimizer(one, rule, { groups: groupsOf(0.1)(one) });
      for (let i = 0; i < 6; i++) step(whole, i);
      const first = new Optimizer(two, rule, { groups: groupsOf(0.1)(two) });
      for (let i = 0; i < 3; i++) step(first, i);
      const state = await first.state();
      first.dispose();
      const second = new Optimizer(two, rule, { groups: groupsOf(0.1)(two) });
      second.restore(state);
      expect(await second.state()).toEqual(state);
      for (let i = 3; i < 6; i++) step(second, i);
      expect(values(two)).toEqual(values(one));

      // Ungrouped moments of the same gradients: all but the frozen ones, which have had none.
      const plain = made();
      const ungrouped = new Optimizer(plain, rule);
      for (let i = 0; i < 3; i++) step(ungrouped, i);
      const { m } = await ungrouped.state();
      expect(state.m.length).toBe(SIZE);
      const frozen = (i: number): boolean => i >= 9 && i < 13;
      expect(Array.from(state.m)).toEqual(Array.from(m, (value, i) => (frozen(i) ? 0 : value)));
      expect(m[9]).not.toBe(0);

      // A state of an ungrouped run loads, and moments of what is frozen stay as they were.
      const full = await ungrouped.state();
      second.restore(full);
      step(second, 7);
      const after = await second.state();
      for (const key of ['m', 'v'] as const) {
        expect(after[key].slice(9, 13)).toEqual(full[key].slice(9, 13));
        expect(after[key][8]).not.toBe(full[key][8]);
        expect(after[key][13]).not.toBe(full[key][13]);
      }
      for (const each of [whole, second, ungrouped]) each.dispose();
    });

    it('frozen parameters keep their values to the bit, at any decay', () => {
      const all = made();
      const frozen = pick(all, 'first', 'scale');
      const before = values(frozen);
      const optimizer = new Optimizer(all, adam({ weightDecay: 0.5 }), {
        groups: [{ parameters: frozen, frozen: true, rateFactor: 10, weightDecay: 1 }],
      });
      expect(optimizer.trained.map(({ path }) => path)).toEqual(['bias', 'fixed', 'second']);
      expect(optimizer.size).toBe(3 + 4 + 6);
      for (let i = 0; i < 5; i++) step(optimizer, i);
      expect(values(frozen)).toEqual(before);
      const whole = tf.zeros<tf.Rank.R1>([SIZE]);
      expect(() => optimizer.step(whole as tf.Tensor1D, 1)).toThrow(
        `gradient of ${SIZE} numbers received, the parameters have 13. Some are frozen: use lossAndGradient(optimizer.trained, loss).`,
      );
      tf.dispose(whole);
      optimizer.dispose();
    });
  });
});

describe('groups in place, by kernels of the contract on the cpu backend', () => {
  let kernels = 0;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    return registerReferenceKernels((name) => {
      if (name === 'SteadyAdamStep') kernels += 1;
    });
  });
  comparesAll();

  it('are one kernel each, and one in all where all are updated alike', () => {
    const all = made();
    const calls = (rule: UpdateRule, groups: ParameterGroup[]): number => {
      const before = kernels;
      const optimizer = new Optimizer(all, rule, { groups });
      step(optimizer, 0);
      optimizer.dispose();
      return kernels - before;
    };
    expect(calls(adam(), [])).toBe(1);
    expect(calls(adam({ weightDecay: 0.1 }), [{ parameters: all, weightDecay: 0.1 }])).toBe(1);
    expect(calls(adam(), [{ parameters: all, rateFactor: 1, weightDecay: 0, epsilon: 1e-8 }])).toBe(1);
    expect(calls(adam({ weightDecay: 0.1 }), [])).toBe(2);
    // Three ways, among them one that lies apart in the order given; what is frozen is none.
    expect(calls(adam(), groupsOf(0.1)(all))).toBe(3);
    for (const { parameter } of all) parameter.dispose();
  });
});

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
