import { describe, expect, it } from 'vitest';
import { parseArguments, wanted } from './arguments';

const suites = ['ops', 'train-step'];
const parse = (...args: string[]) => parseArguments(args, suites);

describe('parseArguments', () => {
  it('has defaults', () => {
    expect(parse('ops')).toEqual({
      suite: 'ops',
      repeats: 7,
      quick: false,
      only: [],
      budget: 90,
      method: 'postLN',
    });
  });

  it('does less where it is to be quick, unless told otherwise', () => {
    expect(parse('ops', '--quick')).toMatchObject({ repeats: 2, budget: 20, quick: true });
    expect(parse('--quick', '--repeats', '5', 'ops')).toMatchObject({ repeats: 5, suite: 'ops' });
  });

  it('has other budgets for some suites, unless told otherwise', () => {
    const budget = (...args: string[]) => parseArguments(args, suites, { 'train-step': 600 }).budget;
    expect(budget('train-step')).toBe(600);
    expect(budget('train-step', '--budget', '5')).toBe(5);
    expect(budget('ops')).toBe(90);
  });

  it('reads the folder of a corpus', () => {
    expect(parse('ops', '--data', 'multi30k').data).toBe('multi30k');
  });

  it('reads lists and choices', () => {
    expect(parse('train-step', '--only', 'Torch, d=256 ,', '--method', 'admin')).toMatchObject({
      only: ['torch', 'd=256'],
      method: 'admin',
    });
  });

  it.each([
    [[], 'received nothing, allowed one of ops, train-step'],
    [['opps'], "received 'opps'"],
    [['ops', 'train-step'], "received 'ops train-step'"],
    [['ops', '--repeats', '0'], "--repeats: received '0', allowed whole numbers above 0"],
    [['ops', '--repeats', '1.5'], "--repeats: received '1.5'"],
    [['ops', '--budget', 'x'], "--budget: received 'x'"],
    [['ops', '--method', 'preLN'], "--method: received 'preLN', allowed postLN, admin"],
    [['ops', '--repeat', '3'], "Unknown option '--repeat'"],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});

describe('wanted', () => {
  it('looks for any of the parts in any of the names', () => {
    expect(wanted([], 'anything')).toBe(true);
    expect(wanted(['torch'], 'd=256', 'PyTorch, 1 thread')).toBe(true);
    expect(wanted(['wasm'], 'd=256', 'PyTorch, 1 thread')).toBe(false);
  });
});
