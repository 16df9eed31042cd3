import { check, checkNumber, checkOneOf, checkOptions, SteadyformerError } from '@steadyformer/core';
import type { BranchDescription, Perturbation, StackDescription } from '../theory/description';
import { forward } from '../theory/forward';
import { changeAt } from '../theory/outputChange';
import { describeMethod, type MethodDescription } from '../theory/stack';
import { type FreeScale, SCALES, withScale } from './scales';
import { type ChangeTarget, targetChanges } from './target';

/** Options of `solve`. */
export interface SolveOptions {
  /** The stack as it is: a method at some depth, or its branches as data. */
  readonly of: MethodDescription | StackDescription;
  /** Which scale of every residual is free: omega on the shortcut, alpha on the branch, or the gain of the branch's norm. */
  readonly scale: FreeScale;
  /** The output change that is wanted. */
  readonly target: ChangeTarget;
  /** Random or aligned. Default `{ kind: 'unit' }`: D in units of C. */
  readonly perturbation?: Perturbation;
  /** D_0. Default 0. */
  readonly inputChange?: number;
}

/** What `solve` gives. */
export interface Solution {
  /** The scale of every residual, in forward order. */
  readonly scales: readonly { readonly path: string; readonly value: number }[];
  /** The stack with these scales, for `predict`. */
  readonly description: StackDescription;
  /** D_1 .. D_N as predicted with them. */
  readonly changes: readonly number[];
}

const KEYS: readonly (keyof SolveOptions)[] = ['of', 'scale', 'target', 'perturbation', 'inputChange'];

/** Scales that are tried. */
const [LEAST, MOST] = [1e-6, 1e6];
const HALVINGS = 80;

/**
 * The inverse of `predict`: the scales with which the output change is what is wanted, behind every branch. One branch
 * after the other gets the scale that adds what the target adds there, by theory; D falls with omega, and rises with alpha.
 * The target may have the law of Pre-LN, and then omega is Admin's (Liu et al. 2020, section 4.1).
 *
 * A gain is that of the norm inside a residual, which multiplies what the branch adds, else of the norm before the branch, which
 * multiplies what it reads; 1 is the norm as it starts.
 *
 * @throws SteadyformerError on unknown options, on a gain where no norm has one that changes the branch, and on a target
 *   that no scale reaches, naming the branch and what it can reach
 */
export const solve = (options: SolveOptions): Solution => {
  checkOptions(options, KEYS, 'solve()');
  const { of, scale, target, perturbation = { kind: 'unit' }, inputChange = 0 } = options;
  checkOneOf('solve() scale', scale, SCALES);
  checkNumber('solve() inputChange', inputChange, 'numbers >= 0', (value) => value >= 0);
  check(typeof of === 'object' && of !== null, 'solve() of', of, '{ method, depth } or { branches }');
  const given = 'method' in of ? describeMethod(of) : of;
  const wanted = targetChanges(target, given.branches.length);
  let branches: readonly BranchDescription[] = given.branches;
  const replaced = (all: readonly BranchDescription[], i: number, value: number): BranchDescription[] =>
    all.map((branch, k) => (k === i ? withScale(given.branches[i]!, scale, value) : branch));
  const scales: { path: string; value: number }[] = [];
  for (const [i, change] of wanted.entries()) {
    const changeWith = (value: number): number => {
      const prefix = { ...given, branches: replaced(branches.slice(0, i + 1), i, value) };
      return changeAt(forward(prefix, perturbation), inputChange, perturbation).at(-1)!.change;
    };
    const { path } = branches[i]!;
    const value = scaleFor(change, changeWith, path, scale);
    scales.push({ path, value });
    branches = replaced(branches, i, value);
  }
  const description = { ...given, branches };
  return {
    description,
    scales,
    changes: changeAt(forward(description, perturbation), inputChange, perturbation).map((at) => at.change),
  };
};

/** The scale at which a change is as wanted, by halving between those tried. */
const scaleFor = (
  wanted: number,
  changeWith: (value: number) => number,
  path: string,
  scale: SolveOptions['scale'],
): number => {
  const ends = [changeWith(LEAST), changeWith(MOST)] as const;
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (!(wanted >= low && wanted <= high)) {
    throw new SteadyformerError(
      `solve(): no ${scale} of ${path} makes the output change ${wanted} there: with what stands before it, it can be ` +
        `${low} to ${high}. Ask for a change within, for another law of growth, or free the other scale.`,
    );
  }
  const rises = ends[1] > ends[0];
  let [from, to] = [Math.log(LEAST), Math.log(MOST)];
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (from + to) / 2;
    if (changeWith(Math.exp(middle)) < wanted === rises) from = middle;
    else to = middle;
  }
  return Math.exp((from + to) / 2);
};
