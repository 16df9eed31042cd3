import * as tf from '@tensorflow/tfjs';
import { check, checkNumber, checkOneOf, checkRecord, isRecord } from '../checks/errors';
import { branchScope, type Context } from '../context/context';
import { dropoutIn } from '../context/dropout';
import type { LayerNorm } from '../layers/layerNorm';
import { withUnread } from '../layers/linear';
import { type Norm, normOf } from '../layers/norm';
import { addLayerNorm } from '../ops/addLayerNorm';
import type { NormWeights } from '../ops/layerNorm';
import { constantParameter, Module, type Parameter } from '../state/module';
import { type Branch, type BranchSite, lastOf } from './branch';
import type { Place } from './place';
import { recomputed } from './recomputed';
import { initialOf, type Residual, type Scale } from './residual';
import { branchFactor } from './stochasticDepth';

/** Trained scales that several sub-layers share, by the key of their residual records. */
export type SharedScales = Map<string, Parameter>;

export interface SubLayerOptions {
  readonly branch: (site: BranchSite) => Branch;
  /** Dropout of the branch's output. Default 0. */
  readonly dropout?: number;
  /** The probability that the branch is skipped in training. Default 0. */
  readonly skipRate?: number | undefined;
  readonly sharedScales?: SharedScales;
  /** The stack whose output the branch reads, where the context holds several. */
  readonly reads?: string | undefined;
}

/**
 * The unit of composition: a branch and how it joins its shortcut,
 * x' = after( omega (.) x [+ block input] + alpha (.) inside( dropout( f( before(x) ) ) ) ). A branch that stochastic
 * depth skips is not computed, and nothing is added; scale and norm of the shortcut stay.
 */
export class SubLayer extends Module {
  readonly place: Place;
  readonly residual: Residual;
  readonly branch: Branch;
  readonly before?: Norm | undefined;
  readonly inside?: Norm | undefined;
  readonly after?: Norm | undefined;
  /** The trained shortcut scale, [D] or a scalar. */
  readonly omega?: Parameter | undefined;
  /** The trained branch scale, [D] or a scalar. */
  readonly alpha?: Parameter | undefined;
  /** The probability that the branch is skipped in training. */
  readonly skipRate: number;
  private readonly dropout: number;
  private readonly reads: string | undefined;

  constructor(site: BranchSite, options: SubLayerOptions) {
    super();
    const { place, width, plan } = site;
    this.place = place;
    this.residual = plan.residual;
    checkRecord('residual of the plan', this.residual, 'a record');
    const { before, inside, after, shortcutScale, branchScale } = this.residual;
    this.dropout = options.dropout ?? 0;
    this.skipRate = options.skipRate ?? 0;
    this.reads = options.reads;
    this.before = before && normOf(before, width);
    this.branch = options.branch({ ...site, random: site.random.fork('branch') });
    const isBranch = isRecord(this.branch) && typeof this.branch.call === 'function';
    check(isBranch, `branch of ${place.kind}`, this.branch, '{ call(x, context) }');
    this.inside = inside && normOf(inside, width);
    const shared = options.sharedScales ?? new Map<string, Parameter>();
    this.omega = trainedScale('omega', shortcutScale, width, shared);
    this.alpha = trainedScale('alpha', branchScale, width, shared);
    this.after = after && normOf(after, width);
  }

  /** x [B, T, D], blockInput the stream that entered the block: [B, T, D] */
  call(x: tf.Tensor3D, context: Context = {}, blockInput: tf.Tensor3D = x): tf.Tensor3D {
    const within = reading(context, this.reads);
    return tf.tidy(() => {
      const leftOut = context.probe?.leavesOut?.(context.path ?? '');
      const factor = leftOut ? 0 : branchFactor(within, this.skipRate);
      const other = this.residual.extraShortcut ? blockInput : undefined;
      if (factor === 0) return this.withoutBranch(x, other);
      const branch = recomputed(x, within, (own, inside, again) =>
        withUnread(again && !this.inside && !this.alpha ? lastOf(this.branch) : undefined, () =>
          this.branchOutput(own, inside, factor),
        ),
      );
      return this.joined(x, branch, within, other);
    });
  }

  private joined(
    x: tf.Tensor3D,
    branch: tf.Tensor3D,
    context: Context,
    blockInput?: tf.Tensor3D,
  ): tf.Tensor3D {
    const event = { path: context.path ?? '', place: this.place, context, shortcut: x, branch };
    const override = context.probe?.branch?.(event)?.shortcutScale;
    const omega = override ?? scaleValue(this.residual.shortcutScale, this.omega);
    const probed = context.probe?.join !== undefined;
    // A norm of the user's own may extend LayerNorm.
    if (this.residual.after === 'layer' && !blockInput && !probed) {
      return fusedJoin(x, branch, omega, (this.after as LayerNorm).weights);
    }
    const sum = joinedBy(tf.add(scaled(x, omega), branch), blockInput);
    const output = this.after?.call(sum) ?? sum;
    context.probe?.join?.({ ...event, sum, output });
    return output;
  }

  /** a_i of the paper: the branch with its norms, dropout and scale. */
  private branchOutput(x: tf.Tensor3D, context: Context, factor: number): tf.Tensor3D {
    const normed = this.before?.call(x) ?? x;
    const called = this.branch.call(normed, branchScope(context, this.branch));
    const raw = dropoutIn(context, 'dropout', called, this.dropout);
    const output = this.inside?.call(raw) ?? raw;
    const branch = scaled(output, scaleValue(this.residual.branchScale, this.alpha));
    return factor === 1 ? branch : tf.mul(branch, factor);
  }

  /** after( omega (.) x [+ block input] ), for a skipped branch. */
  private withoutBranch(x: tf.Tensor3D, blockInput?: tf.Tensor3D): tf.Tensor3D {
    const sum = joinedBy(scaled(x, scaleValue(this.residual.shortcutScale, this.omega)), blockInput);
    const output = this.after?.call(sum) ?? sum;
    return output === x ? tf.clone(x) : output;
  }
}

/** The context with the memory that a sub-layer reads, out of those that its stack does. */
const reading = (context: Context, reads: string | undefined): Context => {
  const { memories } = context;
  const chosen = reads !== undefined && memories && Object.hasOwn(memories, reads) ? memories[reads] : {};
  // The memories stay: what a probe sees of the first sub-layer is enough to call the others.
  return { ...context, ...chosen };
};

const scaleValue = (scale: Scale, trained: Parameter | undefined): number | tf.Tensor | undefined =>
  scale.kind === 'constant' ? scale.value : trained?.value;

const joinedBy = (sum: tf.Tensor3D, blockInput: tf.Tensor3D | undefined): tf.Tensor3D =>
  blockInput ? tf.add(sum, blockInput) : sum;

const fusedJoin = (
  x: tf.Tensor3D,
  branch: tf.Tensor3D,
  omega: number | tf.Tensor | undefined,
  weights: NormWeights,
): tf.Tensor3D =>
  omega instanceof tf.Tensor && omega.rank === 1
    ? addLayerNorm(x, branch, omega as tf.Tensor1D, weights)
    : addLayerNorm(scaled(x, omega), branch, undefined, weights);

const scaled = (x: tf.Tensor3D, scale: number | tf.Tensor | undefined): tf.Tensor3D =>
  scale === undefined ? x : tf.mul(x, scale);

const trainedScale = (
  role: string,
  scale: Scale,
  width: number,
  shared: SharedScales,
): Parameter | undefined => {
  checkOneOf(`kind of the residual's ${role}`, scale?.kind, ['one', 'constant', 'scalar', 'vector']);
  if (scale.kind === 'one') return undefined;
  const initial = role === 'omega' && initialOf(scale) === 'profiled' ? 1 : initialOf(scale);
  checkNumber(`residual's ${role}`, initial as number);
  if (scale.kind === 'constant') return undefined;
  const key = scale.sharedBy && `${role}:${scale.sharedBy}`;
  const existing = key ? shared.get(key) : undefined;
  if (existing) return existing;
  const shape = scale.kind === 'vector' ? [width] : [];
  const made = constantParameter<tf.Rank>(shape, initial as number);
  if (key) shared.set(key, made);
  return made;
};
