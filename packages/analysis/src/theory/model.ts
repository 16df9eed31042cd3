import {
  type Branch,
  CrossAttention,
  checkOptions,
  checkRecord,
  checkStacked,
  FeedForward,
  isRecord,
  Module,
  type Parameter,
  SelfAttention,
  type Stacked,
  type SubLayer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { isMatrix } from '../measure/perturb';
import type {
  BranchDescription,
  BranchForm,
  InputDescription,
  MatricesDescription,
  StackDescription,
  TokensDescription,
} from './description';

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

/** The stacks of a model as plain data: records, scales in force, and closed forms from the weights' deviations. */
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
    const branches = await Promise.all(
      stack.subLayers().map(({ path, subLayer }) => {
        const full = `${stackPath}.${path}`;
        return describeBranch(full, subLayer, stack.width, {
          variance: variances[full],
          change: changes[full],
        });
      }),
    );
    const own = isInput(input) ? input : input?.[stackPath];
    const description: StackDescription = {
      branches,
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
  width: number,
  { variance, change }: { readonly variance: number | undefined; readonly change: number | undefined },
): Promise<BranchDescription> => {
  const [omega, alpha, form] = await Promise.all([
    rootMeanSquare(subLayer.omega),
    rootMeanSquare(subLayer.alpha),
    formOf(subLayer, width),
  ]);
  return {
    path,
    residual: subLayer.residual,
    block: subLayer.place.block,
    ...(omega === undefined ? {} : { omega }),
    ...(alpha === undefined ? {} : { alpha }),
    ...(variance === undefined ? {} : { variance }),
    ...(change === undefined ? {} : { change }),
    ...(form ? { form } : { matrices: await matricesOf(subLayer.branch) }),
  };
};

/** The weight matrices of a branch of any kind. One without parameters has none, and never changes. */
const matricesOf = async (branch: Branch): Promise<MatricesDescription> => {
  const matrices = branch instanceof Module ? branch.parameters().filter(isMatrix) : [];
  const squares = await Promise.all(matrices.map(({ parameter }) => rootMeanSquare(parameter)));
  return { count: matrices.length, inverseSquares: squares.reduce<number>((sum, x) => sum + x! ** -2, 0) };
};

/** The closed form of a branch where one is known, its gains from the deviations its weights have now. */
const formOf = async ({ branch, place }: SubLayer, width: number): Promise<BranchForm | undefined> => {
  if (branch instanceof FeedForward) {
    if (branch.activation !== 'relu' || branch.innerNorm) return undefined;
    const hidden = branch.inner.weight.shape[1]!;
    const xavier = Math.sqrt(2 / (width + hidden));
    const [inner, outer] = await Promise.all([gain(branch.inner, xavier), gain(branch.outer, xavier)]);
    return { kind: 'feedForward', width, hidden, gains: { inner, outer } };
  }
  const self = branch instanceof SelfAttention;
  if ((!self && !(branch instanceof CrossAttention)) || branch.innerNorm) return undefined;
  const projection = (self ? branch.queryKeyValue : branch.keyValue).weight;
  const columns = projection.shape[1]!;
  const [value, output] = await Promise.all([
    gain({ weight: projection }, Math.sqrt(1 / (2 * width)), columns - valueColumns(branch, width)),
    gain(branch.output, Math.sqrt(1 / width)),
  ]);
  return {
    kind: self ? 'selfAttention' : 'crossAttention',
    width,
    causal: self && place.stack === 'decoder',
    gains: { value, output },
  };
};

/** Values are the last columns: as many as keys. */
const valueColumns = (branch: SelfAttention | CrossAttention, width: number): number =>
  branch instanceof SelfAttention
    ? (branch.queryKeyValue.weight.shape[1]! - width) / 2
    : branch.keyValue.weight.shape[1]! / 2;

const gain = async (
  { weight }: { readonly weight: Parameter<tf.Rank.R2> },
  deviation: number,
  fromColumn = 0,
): Promise<number> => {
  const square = tf.tidy(() =>
    tf.mean(tf.square(tf.slice(weight.value, [0, fromColumn], [-1, weight.shape[1]! - fromColumn]))),
  );
  const value = Math.sqrt((await square.data())[0]!) / deviation;
  square.dispose();
  return value;
};

const rootMeanSquare = async (parameter: Parameter | undefined): Promise<number | undefined> => {
  if (!parameter) return undefined;
  const values = await parameter.variable.data();
  return Math.sqrt([...values].reduce((sum, x) => sum + x * x, 0) / values.length);
};
