import type { Branch, CrossAttention, FeedForward, Parameter, SelfAttention } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { ACTIVATIONS } from './activations';
import type { BranchForm } from './description';
import { allFollowed, normsOf } from './norms';

/** Where a branch stands, as far as its closed form depends on it. */
export interface FormSite {
  /** D. */
  readonly width: number;
  readonly causal: boolean;
}

type Reader<B> = (branch: B, site: FormSite) => Promise<BranchForm | undefined>;

const feedForward: Reader<FeedForward> = async ({ activation, normSpecs, inner, outer }, { width }) => {
  if (!ACTIVATIONS.includes(activation) || !allFollowed(normSpecs)) return undefined;
  const hidden = outer.weight.shape[0]!;
  const xavier = Math.sqrt(2 / (width + hidden));
  const [first, second] = await Promise.all([gain(inner, xavier), gain(outer, xavier)]);
  const gains = { inner: first, outer: second };
  return {
    kind: 'feedForward',
    width,
    hidden,
    ...(activation === 'relu' ? {} : { activation }),
    ...normsOf(normSpecs),
    gains,
  };
};

/** What both attentions have beside their weights. */
type Attention = Pick<
  SelfAttention,
  'normSpecs' | 'scale' | 'output' | 'logitCap' | 'queryKeyScale' | 'queryNorm' | 'keyNorm'
> &
  Partial<Pick<SelfAttention, 'geometry' | 'positions'>>;

/** Columns of a projection, [from, to). */
interface Columns {
  readonly of: WithWeight;
  readonly from: number;
  readonly to: number;
}

const attention = async (
  branch: Attention,
  width: number,
  [query, key, value]: readonly [Columns, Columns, Columns],
) => {
  const { normSpecs, scale, geometry, output, logitCap, positions = {} } = branch;
  const fused = Math.sqrt(1 / (2 * width));
  const [q, k, v, mixed] = await Promise.all([
    ...[query, key, value].map(({ of, from, to }) => gain(of, fused, from, to)),
    gain(output, Math.sqrt(1 / output.weight.shape[0]!)),
  ]);
  const { queryKeyNorm } = normSpecs ?? {};
  const factor = geometry && (await scoreFactor(branch, geometry.headWidth));
  return {
    width,
    ...normsOf(normSpecs ?? {}),
    ...(queryKeyNorm ? { queryKeyNorm } : {}),
    ...(geometry ? { scale: scale * Math.sqrt(geometry.headWidth) * factor! } : {}),
    ...(geometry ? { heads: geometry.heads, headWidth: geometry.headWidth } : {}),
    ...(logitCap === undefined ? {} : { logitCap }),
    ...(Object.keys(positions).length === 0 ? {} : { attentionPositions: true }),
    gains: { query: q!, key: k!, value: v!, output: mixed! },
  };
};

/** What trained scales of queries and keys make of scores now, over what they did at the start. */
const scoreFactor = async (
  { queryKeyScale, queryNorm, keyNorm }: Attention,
  headWidth: number,
): Promise<number> => {
  const gains = [queryNorm, keyNorm].map((norm) => (norm as { readonly gain?: Parameter } | undefined)?.gain);
  const [squares, ...sizes] = await Promise.all([
    queryKeyScale ? rootMean(queryKeyScale.scale, 4) : 1,
    // One number for all features is their common length.
    ...gains.map(async (gain) =>
      gain ? (await rootMean(gain, 2)) / (gain.size === 1 ? headWidth : 1) ** 0.5 : 1,
    ),
  ]);
  return sizes.reduce((product, size) => product * size, squares);
};

/** The root of the mean of x^power, of two numbers' product the mean square. */
const rootMean = async ({ variable }: Parameter, power: number): Promise<number> => {
  const values = await variable.data();
  return Math.sqrt([...values].reduce((sum, x) => sum + x ** power, 0) / values.length);
};

const selfAttention: Reader<
  Omit<SelfAttention, 'geometry'> & Partial<Pick<SelfAttention, 'geometry'>>
> = async (branch, { width, causal }) => {
  if (branch.valueMix || !allFollowed(branch.normSpecs)) return undefined;
  const of = branch.queryKeyValue;
  // One of the user's own may state no geometry: as many values as keys, and queries as wide as the stream.
  const queries = branch.geometry?.queryWidth ?? width;
  const each = branch.geometry?.groupWidth ?? (of.weight.shape[1]! - width) / 2;
  const columns = [
    { of, from: 0, to: queries },
    { of, from: queries, to: queries + each },
    { of, from: queries + each, to: queries + 2 * each },
  ] as const;
  return { kind: 'selfAttention', causal, ...(await attention(branch, width, columns)) };
};

const crossAttention: Reader<CrossAttention> = async (branch, { width }) => {
  const of = branch.keyValue;
  const each = of.weight.shape[1]! / 2;
  if (!allFollowed(branch.normSpecs)) return undefined;
  const columns = [
    { of: branch.query, from: 0, to: branch.query.weight.shape[1]! },
    { of, from: 0, to: each },
    { of, from: each, to: 2 * each },
  ] as const;
  return { kind: 'crossAttention', causal: false, ...(await attention(branch, width, columns)) };
};

/** How each form is read off a branch that goes by its name (`Branch.form`), and the maps that it needs there. */
const READERS: ReadonlyMap<string, { readonly read: Reader<never>; readonly maps: readonly string[] }> =
  new Map([
    ['feedForward', { read: feedForward as Reader<never>, maps: ['inner', 'outer'] }],
    ['selfAttention', { read: selfAttention as Reader<never>, maps: ['queryKeyValue', 'output'] }],
    ['crossAttention', { read: crossAttention as Reader<never>, maps: ['query', 'keyValue', 'output'] }],
  ]);

/** The closed form of a branch where one is known, its gains from the deviations its weights have now. */
export const formOf = async (branch: Branch, site: FormSite): Promise<BranchForm | undefined> => {
  const known = READERS.get(branch.form ?? '');
  const parts = branch as unknown as Readonly<Record<string, Partial<WithWeight> | undefined>>;
  return known?.maps.every((map) => parts[map]?.weight) ? known.read(branch as never, site) : undefined;
};

interface WithWeight {
  readonly weight: Parameter<tf.Rank.R2>;
}

/** The root mean square of a matrix' columns over the deviation it is expected to have. */
const gain = async (
  { weight }: WithWeight,
  deviation: number,
  from = 0,
  to = weight.shape[1]!,
): Promise<number> => {
  const square = tf.tidy(() => tf.mean(tf.square(tf.slice(weight.value, [0, from], [-1, to - from]))));
  const value = Math.sqrt((await square.data())[0]!) / deviation;
  square.dispose();
  return value;
};
