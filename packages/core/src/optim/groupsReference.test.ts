import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { groupsOf, made, pick, reference, SIZE, values } from '../../testing/optimGroups';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { clipFactor, globalNorm } from '../autodiff/gradients';
import type { NamedParameter } from '../state/module';
import { adam } from './adam';
import type { ParameterGroup } from './groups';
import { Optimizer } from './optimizer';
import { radam } from './radam';
import type { UpdateRule } from './rule';
import { sgd } from './sgd';

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
