import { predict } from '@steadyformer/analysis';
import type { NormSpec, ResidualMethod, SubLayerPlan } from '@steadyformer/core';
import { BRANCHES } from './branches';

/** +- this on every weight, at random: the paper's random step. */
const STEP = 1e-4;

/** How a method's output change grows with N, as `predict` has it. */
export interface MethodGrowth {
  /** Such as `O(log N)`. */
  readonly notation: string;
  /** From the form of its records, or from numbers at great depths. */
  readonly decided: 'symbolic' | 'numeric';
  /** D at `BRANCHES` after a random step of 1e-4. */
  readonly changes: readonly number[];
}

/** Whether theory knows what a norm leaves, of a branch's input and output that of one feature as well. */
const isKnown = (norm: NormSpec | undefined): boolean =>
  norm === undefined || typeof norm === 'string' || (norm.outputPower ?? norm.elementwise) !== undefined;

/** An encoder alone, width 512, sentences of 32 tokens, before training. Undefined with norms that theory does not know. */
export const growthOf = (method: ResidualMethod): MethodGrowth | undefined => {
  const { before, inside, after } = planOf(method, 'feedForward').residual;
  if (![before, inside, after].every(isKnown)) return undefined;
  // No closed form is known of attention to others' values.
  if (planOf(method, 'selfAttention', 1).branchOptions?.valueMix) return undefined;
  const growth = predict({ method, depth: 12 }).growth!;
  const perturbation = { kind: 'sign', size: STEP } as const;
  const changes = BRANCHES.map(
    (branches) => predict({ method, depth: branches / 2 }, { perturbation }).outputChange.at(-1)!.change,
  );
  return { notation: growth.notation, decided: growth.decided, changes };
};

const planOf = (method: ResidualMethod, kind: string, block = 0): SubLayerPlan =>
  method.plan({
    ...{ stack: 'encoder', kind, depth: 6, block, index: 2 * block, branches: 12, causal: false },
    ...{ reads: {}, readBy: {}, endsBlock: kind === 'feedForward' },
  });
