import {
  checkBatches,
  checkStacked,
  fields,
  finite,
  flag,
  oneOf,
  parseAs,
  randomStream,
  type Stacked,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { type ScaledStack, scaledStacks } from '../scales/profiledScales';
import { branchProfiles, collect, type Samples } from './branchProfiles';
import { onePass, type PassSite } from './onePass';
import type { Profile, ProfileRule } from './profileFormat';

/** Options of `profile`. */
export interface ProfileOptions {
  /**
   * 'reference' (default) follows the authors' code: one sequential pass, omega set on the fly, omega_1 = 1,
   * omega_{i+1}^2 = Var[omega_i x_{i-1}] + Var[a_i], dropout on. 'paper' is one pass at omega = 1, dropout on, and
   * omega_i^2 = sum of Var[a_j] over j < i, without the input; omega_1 = 1 for the empty sum. Either undoes the norm
   * before: behind a sub-layer without one omega is 1, and one whose scale stays counts with that scale.
   */
  readonly rule?: ProfileRule;
  /** Whether pads count in the variances, as in the authors' code to the letter. Default 'masked'. */
  readonly pads?: 'masked' | 'counted';
  /** Whether dropout acts during the pass. Default true, as in the authors' code. */
  readonly dropout?: boolean;
  /** Seed of the dropout bits. Default 1. */
  readonly seed?: number;
}

const optionsSchema = () =>
  fields({
    rule: v.optional(oneOf(['reference', 'paper']), 'reference'),
    pads: v.optional(oneOf(['masked', 'counted']), 'masked'),
    dropout: v.optional(flag(), true),
    seed: v.optional(finite(), 1),
  });

/**
 * Profiles the residual branches of a model (Liu et al. 2020, section 4.1; the rules differ as `rule` says). A
 * pure function of weights, batches and seed: the model is left as it is. It covers the shortcut scales that say they
 * are set from data (`initial: 'profiled'`), or every shortcut scale where none does, vectors, scalars and constants; the
 * pass uses the profile's own omegas there. Stacks and sub-layers without are passed over: they run as they are and do
 * not appear in the profile. Stochastic depth skips nothing here: omega belongs to the whole model. Throws where no
 * sub-layer has a shortcut scale, and on a batch without a real token.
 */
export const profile = async <Batch>(
  model: Stacked<Batch>,
  batches: Iterable<Batch>,
  options: ProfileOptions = {},
): Promise<Profile> => {
  checkStacked('profile()', model);
  checkBatches('profile()', batches);
  const { rule, pads, dropout, seed } = parseAs(optionsSchema(), options, 'profile()');
  const stream = randomStream(seed).fork('profile');
  const stacks = profiledStacks(model);
  const sites = new Map(Object.entries(stacks).flatMap(([name, stack]) => sitesOf(name, stack)));
  const samples = new Map<string, Samples>();
  const tokens = new Map<string, number[]>();
  const shapes = new Map<string, (readonly number[])[]>();
  let index = 0;
  for (const batch of batches) {
    const masks = model.tokenMasks?.(batch) ?? {};
    try {
      const counts = await tokenCounts(masks, Object.keys(stacks), pads, index);
      const random = stream.fork(index);
      const context = { training: dropout, random, everyBranch: true };
      const counted = pads === 'masked' ? masks : {};
      const measured = onePass({ model, batch, context, rule, masks: counted, sites });
      await collect(measured, samples);
      for (const [stack, { residuals }] of Object.entries(stacks)) {
        push(shapes, stack, measured.get(residuals[0]!.path)?.shape ?? []);
        const count = counts.get(stack);
        if (count !== undefined) push(tokens, stack, count);
      }
    } finally {
      tf.dispose(masks);
    }
    index += 1;
  }
  if (index === 0) throw new SteadyformerError('profile(): no batch received; give at least one');
  const profiles = Object.fromEntries(
    Object.entries(stacks).map(([name, stack]) => [name, branchProfiles(stack, samples, rule)]),
  );
  const seen = { shapes: Object.fromEntries(shapes), tokens: Object.fromEntries(tokens) };
  const provenance = { rule, pads, dropout, seed, config: configOf(model), ...seen };
  return { format: 'steadyformer-profile', version: 1, ...provenance, stacks: profiles };
};

/** The stacks that hold what is profiled. Throws where none does. */
const profiledStacks = <Batch>(model: Stacked<Batch>): Readonly<Record<string, ScaledStack>> => {
  const stacks = scaledStacks(model);
  if (Object.keys(stacks).length > 0) return stacks;
  throw new SteadyformerError(
    `profile(): no residual of the model, in ${Object.keys(model.stacks()).join(', ')}, has a shortcut scale to profile; build the stack with admin()`,
  );
};

const sitesOf = (stack: string, { residuals, profiled }: ScaledStack): (readonly [string, PassSite])[] => {
  const set = new Set(profiled);
  return residuals.map((each) => [each.path, { stack, subLayer: each.subLayer, profiled: set.has(each) }]);
};

/** A copy of the config that models of ours carry. */
const configOf = (model: object): Profile['config'] =>
  'config' in model ? JSON.parse(JSON.stringify(model.config)) : null;

/** Real tokens of a batch, by profiled stack. Throws where pads are left out and nothing else is there. */
const tokenCounts = async (
  masks: Readonly<Record<string, tf.Tensor2D>>,
  stacks: readonly string[],
  pads: Profile['pads'],
  index: number,
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for (const [stack, mask] of Object.entries(masks)) {
    if (!stacks.includes(stack)) continue;
    const count = await total(mask);
    if (count === 0 && pads === 'masked') {
      throw new SteadyformerError(
        `profile(): batch ${index + 1} holds nothing but pads for the ${stack}, whose variances would be of no token; ` +
          "leave it out, or check padId. { pads: 'counted' } counts pads as tokens.",
      );
    }
    counts.set(stack, count);
  }
  return counts;
};

const total = async (mask: tf.Tensor2D): Promise<number> =>
  (await mask.data<'float32'>()).reduce((sum, value) => sum + value, 0);

const push = <T>(lists: Map<string, T[]>, key: string, item: T): void => {
  lists.set(key, [...(lists.get(key) ?? []), item]);
};
