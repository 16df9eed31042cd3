import {
  checkOptions,
  checkRecord,
  checkStacked,
  isRecord,
  type Parameter,
  type Stacked,
  type SubLayer,
} from '@steadyformer/core';
import { isMatrix } from '../measure/perturb';
import type { BranchDescription, InputDescription, StackDescription, TokensDescription } from './description';
import { type FormSite, formOf } from './knownForms';
import { describedLeave } from './wires';

/** Options of `describeModel`. */
export interface DescribeModelOptions {
  /** Var[a_i] by path, given or profiled; a branch without one is taken at initialisation, in closed form. */
  readonly variances?: Readonly<Record<string, number>>;
  /** C_i by path: relative variance of a branch's change. Default: from the perturbation and the branch's weights. */
  readonly changes?: Readonly<Record<string, number>>;
  /** x_0 of every stack, or by stack path. Default unit variance, uncorrelated. */
  readonly input?: InputDescription | Readonly<Record<string, InputDescription>>;
  /** Default 32 tokens. */
  readonly tokens?: TokensDescription;
}

export const DESCRIBE_KEYS: readonly (keyof DescribeModelOptions)[] = [
  'variances',
  'changes',
  'input',
  'tokens',
];

/**
 * The stacks of a model as plain data: records, scales in force, and closed forms: a branch's own (`moments`), else from
 * the deviations of the weights.
 *
 * @throws SteadyformerError on what is no model of stacks, on unknown options, and on paths that the model does not have
 */
export const describeModel = async <Batch>(
  model: Stacked<Batch>,
  options: DescribeModelOptions = {},
): Promise<Readonly<Record<string, StackDescription>>> => {
  checkStacked('describeModel()', model);
  checkOptions(options, DESCRIBE_KEYS, 'describeModel()');
  const { variances = {}, changes = {}, input, tokens } = options;
  checkRecord('describeModel() variances', variances, 'numbers by path, as measureBranches() gives them');
  checkRecord('describeModel() changes', changes, 'numbers by path');
  checkPaths(model, { variances, changes });
  const described = Object.entries(model.stacks()).map(async ([stackPath, stack]) => {
    const site = { width: stack.width, causal: stack.causal };
    const branches = await Promise.all(
      stack.subLayers().map(({ path, subLayer }) => {
        const full = `${stackPath}.${path}`;
        return describeBranch(full, subLayer, site, {
          variance: variances[full],
          change: changes[full],
        });
      }),
    );
    const own = isInput(input) ? input : input?.[stackPath];
    const description: StackDescription = {
      branches,
      width: stack.width,
      ...describedLeave(stack.leaveSpec),
      ...(own ? { input: own } : {}),
      ...(tokens ? { tokens } : {}),
    };
    return [stackPath, description] as const;
  });
  return Object.fromEntries(await Promise.all(described));
};

/** Throws on numbers for a path that is no residual's. */
const checkPaths = <Batch>(
  model: Stacked<Batch>,
  given: Readonly<Record<string, Readonly<Record<string, number>>>>,
): void => {
  const known = Object.entries(model.stacks()).flatMap(([stackPath, stack]) =>
    stack.subLayers().map(({ path }) => `${stackPath}.${path}`),
  );
  for (const [what, numbers] of Object.entries(given))
    checkOptions(numbers, known, `describeModel() ${what}`);
};

const isInput = (input: DescribeModelOptions['input']): input is InputDescription =>
  isRecord(input) && typeof input.variance === 'number';

const describeBranch = async (
  path: string,
  subLayer: SubLayer,
  site: FormSite,
  { variance, change }: { readonly variance: number | undefined; readonly change: number | undefined },
): Promise<BranchDescription> => {
  const [omega, alpha, rho, inside, streams] = await Promise.all([
    rootMeanSquare(subLayer.omega),
    rootMeanSquare(subLayer.alpha),
    rootMeanSquare(subLayer.readScale),
    insideOf(subLayer, site),
    trainedStreams(subLayer),
  ]);
  return {
    path,
    residual: subLayer.residual,
    block: subLayer.place.block,
    ...(omega === undefined ? {} : { omega }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(rho === undefined ? {} : { rho }),
    ...(streams ? { streams } : {}),
    ...(variance === undefined ? {} : { variance }),
    ...(change === undefined ? {} : { change }),
    ...inside,
  };
};

/** Weights of streams as they are now, where they are parameters. */
const trainedStreams = async (subLayer: SubLayer): Promise<BranchDescription['streams']> => {
  const { streams } = subLayer.residual;
  if (streams?.weights !== 'trained') return undefined;
  const named = subLayer.wires!.parameters();
  const values = async (path: string): Promise<number[]> => [
    ...(await named.find((each) => each.path === path)!.parameter.variable.data()),
  ];
  const [read, carry, write] = await Promise.all([values('read'), values('carry'), values('write')]);
  const n = streams.read.length;
  return { read, carry: write.map((_, i) => carry.slice(i * n, (i + 1) * n)), write };
};

const BRANCH = 'branch.';

/** What is known of the inside of a branch: its own closed form, that of its form, or its weight matrices alone. */
const insideOf = async (
  subLayer: SubLayer,
  site: FormSite,
): Promise<Pick<BranchDescription, 'form' | 'moments' | 'matrices'>> => {
  const { branch } = subLayer;
  const form = branch.moments ? undefined : await formOf(branch, site);
  if (form) return { form };
  // A branch without parameters never changes.
  const own = subLayer.parameters().filter(({ path }) => path.startsWith(BRANCH));
  const sizes = await Promise.all(own.map(async ({ parameter }) => (await rootMeanSquare(parameter))!));
  const squares = sizes.filter((_, i) => isMatrix(own[i]!)).map((size) => size ** -2);
  const matrices = { count: squares.length, inverseSquares: squares.reduce((sum, x) => sum + x, 0) };
  if (!branch.moments) return { matrices };
  const weights = Object.fromEntries(own.map(({ path }, i) => [path.slice(BRANCH.length), sizes[i]!]));
  const moments = branch.moments.bind(branch);
  return { matrices, moments: (input) => moments({ ...input, causal: site.causal, weights }) };
};

const rootMeanSquare = async (parameter: Parameter | undefined): Promise<number | undefined> => {
  if (!parameter) return undefined;
  const values = await parameter.variable.data();
  return Math.sqrt([...values].reduce((sum, x) => sum + x * x, 0) / values.length);
};
