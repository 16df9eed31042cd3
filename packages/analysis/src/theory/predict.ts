import {
  check,
  checkFlag,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRecord,
  checkStacked,
  invalidArgument,
  type Stacked,
} from '@steadyformer/core';
import { attentionSignals } from './attentionSignals';
import { dependencyMatrix } from './dependency';
import type { Perturbation, StackDescription } from './description';
import { forward } from './forward';
import { type GradientNorms, gradientNorms } from './gradients';
import { familyGrowth, logOffset, prefixGrowth } from './growth';
import type { Growth } from './growthClass';
import { DESCRIBE_KEYS, type DescribeModelOptions, describeModel } from './model';
import { changeAt } from './outputChange';
import { describeMethod, type MethodDescription } from './stack';
import type { ChangeAt } from './step';

/** Options of `predict`. */
export interface PredictOptions {
  /** How the weights are changed. Default `{ kind: 'unit' }`: output change in units of C. */
  readonly perturbation?: Perturbation;
  /** D_0, relative. Default: from the perturbation, 0 unless it moves the embedding. */
  readonly inputChange?: number;
  /** The same architecture at any number of blocks, where growth over networks is wanted. */
  readonly family?: (blocks: number) => StackDescription;
}

/** One residual branch as predicted. */
export interface PredictedBranch {
  readonly path: string;
  /** omega_i in force. */
  readonly omega: number;
  /** v_i = Var[a_i]. */
  readonly variance: number;
  /** C_i: relative variance of the branch's change; 0 where the branch is. */
  readonly change: number;
  /** Var[b_i] of the sum. */
  readonly sumVariance: number;
  /** beta_{i,i}. */
  readonly beta: number;
  /**
   * Of the stream behind the residual, its norm included: E[x_s . x_t] / E[|x|^2] of two tokens of a sentence, the mean cosine
   * that `watch` reads. At 1 all tokens are one (Dong et al. 2021; as a recursion over depth Noci et al. 2022).
   */
  readonly tokenCorrelation: number;
  /**
   * Of an attention in closed form: -sum_k p_k ln p_k of its probabilities, in nats, its mean over heads and queries (Zhai et
   * al. 2023).
   */
  readonly attentionEntropy?: number;
  /** Of the same: the mean of the largest logit of a batch, over keys, queries, heads and sentences (Dehghani et al. 2023). */
  readonly largestLogit?: number;
}

/** What `predict` gives of a stack. */
export interface Prediction {
  readonly branches: readonly PredictedBranch[];
  /** beta_{i,j}: row i - 1 for x_i, column j for a_j, column 0 for the input. Squares of a row sum to 1. */
  readonly dependency: readonly (readonly number[])[];
  /** beta_{i,i} for i = 1 .. N. */
  readonly diagonal: readonly number[];
  /** D at every depth prefix, variance per element of normalised outputs. */
  readonly outputChange: readonly ChangeAt[];
  /** D_0, relative. */
  readonly inputChange: number;
  readonly gradients: GradientNorms;
  /** Undefined where records are mixed and the stack has fewer than 8 branches. */
  readonly growth?: Growth;
}

const DESCRIPTION_KEYS = ['branches', 'leave', 'width', 'input', 'tokens'] as const;
const PREDICT_KEYS = ['perturbation', 'inputChange', 'family'] as const;

/**
 * Predicts layer dependency, output change, its growth and gradient norms of a stack (Liu et al. 2020, section 4)
 * from its description: branches as data, or a residual method at some depth. Of a model every stack is described
 * from its records, scales and weights as they are now, and predicted by path.
 *
 * Throws where a branch has neither a variance nor a closed form, naming its path.
 */
export function predict(
  description: StackDescription | MethodDescription,
  options?: PredictOptions,
): Prediction;
export function predict<Batch>(
  model: Stacked<Batch>,
  options?: PredictOptions & DescribeModelOptions,
): Promise<Readonly<Record<string, Prediction>>>;
export function predict<Batch>(
  subject: StackDescription | MethodDescription | Stacked<Batch>,
  options: PredictOptions & DescribeModelOptions = {},
): Prediction | Promise<Readonly<Record<string, Prediction>>> {
  checkSubject(subject);
  const { inputChange = 0 } = options ?? {};
  checkNumber('predict() inputChange', inputChange, 'numbers >= 0', (value) => value >= 0);
  if ('stacks' in subject) return predictModel(subject, options);
  checkOptions(options, PREDICT_KEYS, 'predict()');
  if (!('method' in subject)) return predictStack(subject, options);
  const family = (depth: number): StackDescription => describeMethod({ ...subject, depth });
  return predictStack(describeMethod(subject), { family: perPath(subject) ? undefined : family, ...options });
}

const checkSubject = (subject: object): void => {
  const what = 'predict()';
  const allowed = 'a model, { method, depth } or { branches }';
  checkRecord(what, subject, allowed, 'Such as predict({ method: postLN(), depth: 6 }).');
  check(!('plan' in subject), what, subject, allowed, 'Write predict({ method, depth }).');
  if ('stacks' in subject) checkStacked(what, subject as Stacked<unknown>);
  else check('method' in subject || 'branches' in subject, what, subject, allowed);
};

const checkPerturbation = (perturbation: Perturbation): void => {
  const what = 'predict() perturbation';
  checkRecord(what, perturbation, "such as { kind: 'sign', size: 1e-4 }");
  checkOneOf(`${what}.kind`, perturbation.kind, ['unit', 'sign', 'gaussian', 'aligned']);
  const size = { unit: [], sign: ['size'], gaussian: ['ratio'], aligned: ['size'] }[perturbation.kind];
  checkOptions(perturbation, ['kind', ...size, ...(size.length > 0 ? ['embedding'] : [])], what);
  for (const key of size) {
    const value = (perturbation as unknown as Record<string, number>)[key]!;
    checkNumber(`${what}.${key}`, value, 'numbers >= 0', (n) => n >= 0);
  }
  if ('embedding' in perturbation) checkFlag(`${what}.embedding`, perturbation.embedding ?? false);
};

const predictModel = async <Batch>(
  model: Stacked<Batch>,
  options: PredictOptions & DescribeModelOptions,
): Promise<Readonly<Record<string, Prediction>>> => {
  checkOptions(options, [...PREDICT_KEYS, ...DESCRIBE_KEYS], 'predict()');
  const { perturbation, inputChange, family, ...rest } = options;
  if (perturbation) checkPerturbation(perturbation);
  const descriptions = await describeModel(model, rest);
  const own = {
    ...(perturbation ? { perturbation } : {}),
    ...(inputChange === undefined ? {} : { inputChange }),
    ...(family ? { family } : {}),
  };
  return Object.fromEntries(
    Object.entries(descriptions).map(([path, description]) => [path, predictStack(description, own)]),
  );
};

interface StackOptions {
  readonly perturbation?: Perturbation;
  readonly inputChange?: number;
  readonly family?: ((blocks: number) => StackDescription) | undefined;
}

const predictStack = (description: StackDescription, options: StackOptions): Prediction => {
  checkOptions(description, DESCRIPTION_KEYS, 'predict() description');
  check(
    Array.isArray(description.branches),
    'predict() branches',
    description.branches,
    'a list of residual branches',
  );
  if (description.branches.length === 0) {
    throw invalidArgument({
      what: 'predict() branches',
      received: [],
      allowed: 'one residual branch or more',
      next: 'A model without residuals has no layer dependency to predict.',
    });
  }
  const { perturbation = { kind: 'unit' }, family } = options;
  checkPerturbation(perturbation);
  if (options.inputChange !== undefined) checkNumber('predict() inputChange', options.inputChange);
  const families = family === undefined || typeof family === 'function';
  check(families, 'predict() family', family, '(blocks) => a description');
  const resolved = forward(description, perturbation);
  const dependency = dependencyMatrix(resolved);
  const inputChange = options.inputChange ?? embeddingChange(description, perturbation);
  const outputChange = changeAt(resolved, inputChange, perturbation);
  const diagonal = dependency.map((row, i) => row[i + 1]!);
  const growth = family
    ? familyGrowth(family, absolute(description, perturbation))
    : prefixGrowth(
        description,
        resolved,
        outputChange.map(({ change }) => change),
        perturbation,
      );
  const offset = logOffset(resolved);
  return {
    branches: resolved.steps.map((step, i) => ({
      path: step.path,
      omega: step.omega,
      variance: step.variance,
      change: step.variance > 0 ? step.change / step.variance : 0,
      sumVariance: step.sumVariance,
      beta: diagonal[i]!,
      tokenCorrelation: step.tokenCorrelation,
      ...(step.logits ? attentionSignals(step.logits) : {}),
    })),
    dependency,
    diagonal,
    outputChange,
    inputChange,
    gradients: gradientNorms(resolved),
    ...(growth
      ? { growth: growth.class === 'logarithmic' && offset !== undefined ? { ...growth, offset } : growth }
      : {}),
  };
};

/** D_0: the token part of x_0 = sqrt(D) E[token] + P moves by D e^2, or by the ratio squared of its unit power. */
const embeddingChange = (
  { input, branches, ...known }: StackDescription,
  perturbation: Perturbation,
): number => {
  if (perturbation.kind === 'unit' || !perturbation.embedding) return 0;
  const variance = input?.variance ?? 1;
  if (perturbation.kind === 'gaussian') return perturbation.ratio ** 2 / variance;
  const { width = branches.find(({ form }) => form)?.form?.width } = known;
  if (width === undefined) {
    throw invalidArgument({
      what: 'predict() inputChange',
      received: undefined,
      allowed: 'a number',
      next: 'Without a branch of known width, the change of the embedding must be given.',
    });
  }
  return (width * perturbation.size ** 2) / variance;
};

/** Growth is that of an absolute step where forms are known: rescaled weights change by more of themselves. */
const absolute = ({ branches }: StackDescription, perturbation: Perturbation): Perturbation =>
  perturbation.kind === 'unit' && branches.every(({ form, variance }) => form && variance === undefined)
    ? { kind: 'sign', size: 1 }
    : perturbation;

/** Variances given path by path belong to one depth: they describe no family. */
const perPath = ({ variance, block = [] }: MethodDescription): boolean =>
  typeof variance === 'object' &&
  Object.keys(variance).some((key) => key.includes('.') && !block.includes(key));
