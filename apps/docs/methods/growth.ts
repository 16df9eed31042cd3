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
  /**
   * D at `BRANCHES` after a random step of 1e-4; where no closed form of the branches is known, in units of the change of
   * a branch, whose variance is then taken as 1.
   */
  readonly changes: readonly number[];
  readonly unit: 'step' | 'branch';
}

/** Whether theory knows what power a norm leaves. */
const isKnown = (norm: NormSpec | undefined): boolean =>
  norm === undefined || typeof norm === 'string' || norm.outputPower !== undefined;

/** An encoder alone, width 512, sentences of 32 tokens, before training. Undefined with norms that theory does not know. */
export const growthOf = (method: ResidualMethod): MethodGrowth | undefined => {
  const { before, inside, after } = planOf(method, 'feedForward').residual;
  if (![before, inside, after].every(isKnown)) return undefined;
  const { innerNorm, valueNorm, valueMix } = Object.fromEntries(
    ['selfAttention', 'feedForward'].flatMap((kind) =>
      [0, 1].flatMap((block) => Object.entries(planOf(method, kind, block).branchOptions ?? {})),
    ),
  );
  const unit = innerNorm || valueNorm || valueMix ? 'branch' : 'step';
  const own = unit === 'branch' ? { variance: 1 } : {};
  const growth = predict({ method, depth: 12, ...own }).growth!;
  const changes = BRANCHES.map(
    (branches) =>
      predict(
        { method, depth: branches / 2, ...own },
        unit === 'step' ? { perturbation: { kind: 'sign', size: STEP } } : {},
      ).outputChange.at(-1)!.change,
  );
  return { notation: growth.notation, decided: growth.decided, changes, unit };
};

const planOf = (method: ResidualMethod, kind: string, block = 0): SubLayerPlan =>
  method.plan({
    ...{ stack: 'encoder', kind, depth: 6, block, index: 2 * block, branches: 12, causal: false },
    ...{ reads: {}, readBy: {}, endsBlock: kind === 'feedForward' },
  });
