import { describeMethod } from '@steadyformer/analysis';
import { methods } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { METHOD_NAMES, METHODS, nameOf } from './methods';

describe('the methods of the playground', () => {
  it('are all of core with closed forms and fixed streams, each with a name of its own', () => {
    const predicted = Object.entries(methods).filter(([, make]) => {
      const method = make({});
      const { branches } = describeMethod({ method, depth: 2 });
      const knowsAll = branches.every(
        ({ form, residual: { before, streams } }) =>
          form !== undefined && (typeof before !== 'object' || before.outputPower) && !streams?.weights,
      );
      return knowsAll && !method.leave;
    });
    expect([...METHOD_NAMES].sort()).toEqual(predicted.map(([name]) => name).sort());
    expect(new Set(METHOD_NAMES.map((name) => METHODS[name].label)).size).toBe(METHOD_NAMES.length);
  });

  it('name a model', () => {
    expect(nameOf({ method: 'postLN', depth: 1 })).toBe('Post-LN, 1 block');
    expect(nameOf({ method: 'admin', depth: 18 })).toBe('Admin, 18 blocks');
  });
});
