import {
  check,
  checkFlag,
  checkInteger,
  checkMethod,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRate,
  checkRecord,
  initialOf,
  type Place,
  type Residual,
  type ResidualMethod,
} from '@steadyformer/core';
import type {
  BranchDescription,
  BranchForm,
  InputDescription,
  StackDescription,
  TokensDescription,
} from './description';

/** A residual method at some depth: what `predict` needs in order to know the growth over networks. */
export interface MethodDescription {
  readonly method: ResidualMethod;
  /** Blocks. */
  readonly depth: number;
  /** Default 'encoder'. */
  readonly stack?: 'encoder' | 'decoder';
  /** Kinds of a block's branches. Default self-attention and feed-forward; a decoder has cross-attention between. */
  readonly block?: readonly string[];
  /**
   * Var[a_i]: one number for all, or one a kind, or one a path. Default: closed forms, for attention and
   * feed-forward.
   */
  readonly variance?: number | Readonly<Record<string, number>>;
  /** D. Default 512. */
  readonly width?: number;
  /** d_ff. Default 4 * width. */
  readonly feedForward?: number;
  /** Default unit variance, uncorrelated. */
  readonly input?: InputDescription;
  /** Default 32 tokens. */
  readonly tokens?: TokensDescription;
  /** Whether the shortcut scales are Admin's, set from a profile. Default: whether their record says so. */
  readonly profiled?: boolean;
  /** Rates, as the closed forms take them. Default 0 each. */
  readonly dropout?: {
    readonly residual?: number;
    readonly attention?: number;
    readonly activation?: number;
  };
}

const KEYS: readonly (keyof MethodDescription)[] = [
  'method',
  'depth',
  'stack',
  'block',
  'variance',
  'width',
  'feedForward',
  'input',
  'tokens',
  'profiled',
  'dropout',
];

/** Blocks: layer dependency is a matrix of their branches. */
const DEEPEST = 10_000;

/** The stack a residual method makes at this depth, as plain data. */
export const describeMethod = (options: MethodDescription): StackDescription => {
  checkOptions(options, KEYS, 'describeMethod()');
  const method = checkMethod(options.method, 'describeMethod() method');
  const { stack = 'encoder', profiled, dropout = {}, variance: given = {} } = options;
  checkOneOf('describeMethod() stack', stack, ['encoder', 'decoder']);
  if (profiled !== undefined) checkFlag('describeMethod() profiled', profiled);
  const { width = 512 } = options;
  checkInteger('describeMethod() width', width);
  const { feedForward = 4 * width } = options;
  checkInteger('describeMethod() feedForward', feedForward);
  checkOptions(dropout, ['residual', 'attention', 'activation'], 'describeMethod() dropout');
  for (const [name, rate] of Object.entries(dropout)) checkRate(`describeMethod() dropout.${name}`, rate);
  if (typeof given !== 'number')
    checkRecord('describeMethod() variance', given, 'a number, or numbers by kind or path');
  for (const [name, value] of typeof given === 'number' ? [['', given] as const] : Object.entries(given)) {
    const what = `describeMethod() variance${name === '' ? '' : `['${name}']`}`;
    checkNumber(what, value, 'numbers >= 0', (each) => each >= 0);
  }
  const depth = checkInteger('describeMethod() depth', options.depth);
  check(depth <= DEEPEST, 'describeMethod() depth', depth, `whole numbers from 1 to ${DEEPEST}`);
  const kinds = options.block ?? DEFAULT_BLOCK[stack];
  const list = Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => typeof kind === 'string');
  check(list, 'describeMethod() block', kinds, 'a list of one kind or more');
  const branches = Array.from({ length: depth }, (_, block) =>
    kinds.map((kind, k): BranchDescription => {
      const place: Place = {
        stack,
        kind,
        block,
        index: block * kinds.length + k,
        branches: depth * kinds.length,
        depth,
        causal: stack === 'decoder',
        reads: {},
        readBy: {},
        endsBlock: k === kinds.length - 1,
      };
      const { residual, initGains = {}, branchOptions = {} } = method.plan(place);
      const path = `${stack}.layers.${block}.${kind}`;
      const variance = varianceOf(options.variance, kind, path);
      // No closed form is known of branches with a norm of their own.
      const form = branchOptions.innerNorm ? undefined : formOf(kind, options, initGains, stack);
      return {
        path,
        residual,
        block,
        ...omegaOf(residual, profiled),
        ...(variance === undefined ? {} : { variance }),
        ...(form ? { form } : {}),
      };
    }),
  ).flat();
  return {
    branches,
    ...(options.input ? { input: options.input } : {}),
    ...(options.tokens ? { tokens: options.tokens } : {}),
  };
};

/** The scale in force, where the record does not say a number. */
const omegaOf = (
  { shortcutScale }: Residual,
  profiled: boolean | undefined,
): Pick<BranchDescription, 'omega'> => {
  const asRecorded = initialOf(shortcutScale) === 'profiled';
  if (profiled ?? asRecorded) return { omega: 'profiled' };
  return asRecorded ? { omega: 1 } : {};
};

const DEFAULT_BLOCK: Readonly<Record<'encoder' | 'decoder', readonly string[]>> = {
  encoder: ['selfAttention', 'feedForward'],
  decoder: ['selfAttention', 'crossAttention', 'feedForward'],
};

const varianceOf = (given: MethodDescription['variance'], kind: string, path: string): number | undefined => {
  if (typeof given !== 'object') return given;
  const key = [path, kind].find((name) => Object.hasOwn(given, name));
  return key === undefined ? undefined : given[key];
};

const formOf = (
  kind: string,
  { width = 512, feedForward = 4 * width, dropout = {} }: MethodDescription,
  gains: Readonly<Record<string, number>>,
  stack: 'encoder' | 'decoder',
): BranchForm | undefined => {
  const { residual = 0, attention = 0, activation = 0 } = dropout;
  switch (kind) {
    case 'feedForward':
      return { kind, width, hidden: feedForward, gains, dropout: { hidden: activation, output: residual } };
    case 'selfAttention':
      return {
        kind,
        width,
        causal: stack === 'decoder',
        gains,
        dropout: { weights: attention, output: residual },
      };
    case 'crossAttention':
      return { kind, width, gains, dropout: { weights: attention, output: residual } };
    default:
      return undefined;
  }
};
