import type { Branch, CrossAttention, FeedForward, Parameter, SelfAttention } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { BranchForm } from './description';

/** Where a branch stands, as far as its closed form depends on it. */
export interface FormSite {
  /** D. */
  readonly width: number;
  readonly causal: boolean;
}

type Reader<B> = (branch: B, site: FormSite) => Promise<BranchForm | undefined>;

const feedForward: Reader<FeedForward> = async ({ activation, innerNorm, inner, outer }, { width }) => {
  if (activation !== 'relu' || innerNorm) return undefined;
  const hidden = inner.weight.shape[1]!;
  const xavier = Math.sqrt(2 / (width + hidden));
  const [first, second] = await Promise.all([gain(inner, xavier), gain(outer, xavier)]);
  return { kind: 'feedForward', width, hidden, gains: { inner: first, outer: second } };
};

/** Values are the last columns of a projection. What is done to scores leaves them even, or nearly, at the start. */
const attention = async (
  projection: WithWeight,
  values: number,
  output: WithWeight,
  width: number,
): Promise<{
  readonly width: number;
  readonly gains: { readonly value: number; readonly output: number };
}> => {
  const columns = projection.weight.shape[1]!;
  const [value, mixed] = await Promise.all([
    gain(projection, Math.sqrt(1 / (2 * width)), columns - values),
    gain(output, Math.sqrt(1 / output.weight.shape[0]!)),
  ]);
  return { width, gains: { value, output: mixed } };
};

const selfAttention: Reader<
  Omit<SelfAttention, 'geometry'> & Partial<Pick<SelfAttention, 'geometry'>>
> = async ({ innerNorm, valueNorm, valueMix, queryKeyValue, output, geometry }, { width, causal }) => {
  if (innerNorm || valueNorm || valueMix) return undefined;
  // One of the user's own may state no geometry: as many values as keys, and queries as wide as the stream.
  const values = geometry?.groupWidth ?? (queryKeyValue.weight.shape[1]! - width) / 2;
  return { kind: 'selfAttention', causal, ...(await attention(queryKeyValue, values, output, width)) };
};

const crossAttention: Reader<CrossAttention> = async (
  { innerNorm, valueNorm, keyValue, output },
  { width },
) => {
  if (innerNorm || valueNorm) return undefined;
  const values = keyValue.weight.shape[1]! / 2;
  return { kind: 'crossAttention', causal: false, ...(await attention(keyValue, values, output, width)) };
};

/** How each form is read off a branch that goes by its name (`Branch.form`), and the maps that it needs there. */
const READERS: ReadonlyMap<string, { readonly read: Reader<never>; readonly maps: readonly string[] }> =
  new Map([
    ['feedForward', { read: feedForward as Reader<never>, maps: ['inner', 'outer'] }],
    ['selfAttention', { read: selfAttention as Reader<never>, maps: ['queryKeyValue', 'output'] }],
    ['crossAttention', { read: crossAttention as Reader<never>, maps: ['keyValue', 'output'] }],
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

/** The root mean square of a matrix' last columns over the deviation it is expected to have. */
const gain = async ({ weight }: WithWeight, deviation: number, fromColumn = 0): Promise<number> => {
  const square = tf.tidy(() =>
    tf.mean(tf.square(tf.slice(weight.value, [0, fromColumn], [-1, weight.shape[1]! - fromColumn]))),
  );
  const value = Math.sqrt((await square.data())[0]!) / deviation;
  square.dispose();
  return value;
};
