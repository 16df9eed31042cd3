import {
  type AttentionBranchOptions,
  check,
  checkFlag,
  checkInteger,
  checkMethod,
  checkName,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRate,
  checkRecord,
  type FeedForwardActivation,
  initialOf,
  type Place,
  type Residual,
  type ResidualMethod,
} from '@steadyformer/core';
import { ACTIVATIONS } from './activations';
import type {
  AttentionForm,
  BranchDescription,
  BranchForm,
  InputDescription,
  StackDescription,
  TokensDescription,
} from './description';
import { headsOf } from './logitMoments';
import { allFollowed, type Norms, normsOf } from './norms';
import { describedLeave } from './wires';

/** A residual method at some depth: what `predict` needs in order to know the growth over networks. */
export interface MethodDescription {
  readonly method: ResidualMethod;
  /** Blocks. */
  readonly depth: number;
  /** The stack's name in paths. Default 'encoder'. */
  readonly stack?: string;
  /** Whether a token sees those before it only. Default: in a stack called 'decoder'. */
  readonly causal?: boolean;
  /** Blocks of the stacks that its cross-attention reads, and of those that read it, by name. Default none. */
  readonly reads?: Place['reads'];
  readonly readBy?: Place['readBy'];
  /**
   * Kinds of a block's branches. Default self-attention and feed-forward, with cross-attention between in a stack that
   * reads others or is called 'decoder'.
   */
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
  /** Heads of an attention, which matter where a method scales scores by their width. Default: of 64 features each. */
  readonly heads?: number;
  /** Whether positions act on the scores of self-attention, as rotary ones do. Default false. */
  readonly attentionPositions?: boolean;
  /** The feed-forward's non-linearity. Default 'relu'. */
  readonly activation?: FeedForwardActivation;
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
  'causal',
  'reads',
  'readBy',
  'block',
  'variance',
  'width',
  'feedForward',
  'activation',
  'heads',
  'attentionPositions',
  'input',
  'tokens',
  'profiled',
  'dropout',
];

/** Blocks: layer dependency is a matrix of their branches. */
const DEEPEST = 10_000;

/**
 * The stack a residual method makes at this depth, as plain data.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const describeMethod = (options: MethodDescription): StackDescription => {
  checkOptions(options, KEYS, 'describeMethod()');
  const method = checkMethod(options.method, 'describeMethod() method');
  const {
    stack = 'encoder',
    profiled,
    dropout = {},
    variance: given = {},
    reads = {},
    readBy = {},
  } = options;
  checkName('describeMethod() stack', stack);
  const { causal = stack === DECODER } = options;
  checkFlag('describeMethod() causal', causal);
  for (const [what, others] of Object.entries({ reads, readBy })) {
    checkRecord(`describeMethod() ${what}`, others, 'blocks of other stacks by name');
    for (const [name, blocks] of Object.entries(others))
      checkInteger(`describeMethod() ${what}.${name}`, blocks);
  }
  if (profiled !== undefined) checkFlag('describeMethod() profiled', profiled);
  const { width = 512 } = options;
  checkInteger('describeMethod() width', width);
  const { feedForward = 4 * width } = options;
  checkInteger('describeMethod() feedForward', feedForward);
  const { activation = 'relu', heads = headsOf(width), attentionPositions = false } = options;
  checkInteger('describeMethod() heads', heads);
  checkFlag('describeMethod() attentionPositions', attentionPositions);
  checkOneOf('describeMethod() activation', activation, ACTIVATIONS);
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
  const kinds = options.block ?? usualBlock(stack === DECODER || Object.keys(reads).length > 0);
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
        causal,
        reads,
        readBy,
        endsBlock: k === kinds.length - 1,
      };
      const { residual, initGains = {}, branchOptions = {} } = method.plan(place);
      const path = `${stack}.layers.${block}.${kind}`;
      const variance = varianceOf(options.variance, kind, path);
      // No closed form is known of those that attend others' values.
      const form = branchOptions.valueMix
        ? undefined
        : formOf(kind, options, initGains, branchOptions, causal);
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
    width,
    ...describedLeave(method.leave?.({ stack, depth, causal, reads, readBy })),
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

/** The name of the stack that is causal and reads another, in most papers. */
const DECODER = 'decoder';

const usualBlock = (reading: boolean): readonly string[] =>
  reading ? ['selfAttention', 'crossAttention', 'feedForward'] : ['selfAttention', 'feedForward'];

const varianceOf = (given: MethodDescription['variance'], kind: string, path: string): number | undefined =>
  typeof given === 'object' ? (given[path] ?? given[kind]) : given;

const formOf = (
  kind: string,
  {
    width = 512,
    feedForward = 4 * width,
    activation = 'relu',
    heads = headsOf(width),
    attentionPositions,
    dropout = {},
  }: MethodDescription,
  gains: Readonly<Record<string, number>>,
  branchOptions: Readonly<Record<string, unknown>>,
  causal: boolean,
): BranchForm | undefined => {
  const { residual = 0, attention = 0, activation: hiddenRate = 0 } = dropout;
  const norms = normsOf(branchOptions as Norms);
  if (!allFollowed(norms)) return undefined;
  const scores = scoresOf(branchOptions, width / heads);
  const rates = { weights: attention, output: residual };
  const positions = attentionPositions ? { attentionPositions } : {};
  switch (kind) {
    case 'feedForward':
      return {
        ...{ kind, width, hidden: feedForward, gains, ...norms },
        ...(activation === 'relu' ? {} : { activation }),
        dropout: { hidden: hiddenRate, output: residual },
      };
    case 'selfAttention':
      return { kind, width, heads, causal, gains, ...norms, ...scores, ...positions, dropout: rates };
    case 'crossAttention':
      return { kind, width, heads, gains, ...norms, ...scores, dropout: rates };
    default:
      return undefined;
  }
};

/** How a method has scores made, where not as usual. */
const scoresOf = (
  { queryKeyNorm, scale, logitCap }: AttentionBranchOptions,
  headWidth: number,
): Pick<AttentionForm, 'queryKeyNorm' | 'scale' | 'logitCap'> => {
  const factor = typeof scale === 'object' ? headWidth ** scale.power : scale;
  return {
    ...(queryKeyNorm ? { queryKeyNorm } : {}),
    ...(logitCap === undefined ? {} : { logitCap }),
    ...(factor === undefined ? {} : { scale: factor * Math.sqrt(headWidth) }),
  };
};
