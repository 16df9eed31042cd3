import * as tf from '@tensorflow/tfjs';
import { check, checkNumber, checkOneOf, checkRecord, isRecord } from '../checks/errors';
import { type BranchEvent, branchScope, type Context } from '../context/context';
import { dropoutIn } from '../context/dropout';
import { withUnread } from '../layers/linear';
import { type Norm, normOf } from '../layers/norm';
import { constantParameter, Module, type Parameter } from '../state/module';
import { normedSum, scaled, sumOf } from '../streams/join';
import type { Wires } from '../streams/plan';
import { type Branch, type BranchSite, lastOf } from './branch';
import type { Place } from './place';
import { recomputed } from './recomputed';
import { initialOf, type Residual, type Scale, streamsBefore } from './residual';
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
 * x' = after( omega (.) x + alpha (.) inside( dropout( f( rho (.) before(x) ) ) ) ), or several streams (`StreamPlan`).
 * A branch that stochastic depth skips is not computed, and nothing is added; scale and norm of the shortcut stay.
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
  /** The trained scale of what the branch reads, rho: [D] or a scalar. */
  readonly readScale?: Parameter | undefined;
  /** What reads, carries and writes several streams. */
  readonly wires?: Wires | undefined;
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
    const { before, inside, after, shortcutScale, branchScale, readScale } = this.residual;
    this.dropout = options.dropout ?? 0;
    this.skipRate = options.skipRate ?? 0;
    this.reads = options.reads;
    const shared = options.sharedScales ?? new Map<string, Parameter>();
    this.before = before && normOf(before, width);
    if (readScale) this.readScale = trainedScale('readScale', readScale, width, shared);
    this.branch = options.branch({ ...site, random: site.random.fork('branch') });
    const isBranch = isRecord(this.branch) && typeof this.branch.call === 'function';
    check(isBranch, `branch of ${place.kind}`, this.branch, '{ call(x, context) }');
    this.inside = inside && normOf(inside, width);
    this.omega = trainedScale('omega', shortcutScale, width, shared);
    this.alpha = trainedScale('alpha', branchScale, width, shared);
    this.after = after && normOf(after, width);
    this.wires = this.residual.streams?.make({ width, random: site.random.fork('streams') });
  }

  /** x [B, T, D]: [B, T, D]. Throws where the residual has several streams: see `step`. */
  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    return this.step([x], context)[0]!;
  }

  /**
   * The streams before this sub-layer, [B, T, D] each: those behind it. One that nothing changes is handed back as it is.
   * Throws where there are not as many as the residual reads.
   */
  step(streams: readonly tf.Tensor3D[], context: Context = {}): readonly tf.Tensor3D[] {
    const n = streamsBefore(this.residual);
    check(streams.length === n, `streams into ${context.path ?? this.place.kind}`, streams.length, `${n}`);
    const within = reading(context, this.reads);
    return tf.tidy((): tf.Tensor3D[] => {
      const wires = this.wires?.plug(streams);
      const leftOut = context.probe?.leavesOut?.(context.path ?? '');
      const factor = leftOut ? 0 : branchFactor(within, this.skipRate);
      const shown = { ...within, handed: wires?.handed };
      const branch = factor === 0 ? undefined : this.computed(wires?.read ?? streams[0]!, shown, factor);
      return wires
        ? this.wires!.join(wires, { streams, branch, subLayer: this, context: within })
        : [this.joined(streams[0]!, branch, within)];
    });
  }

  private computed(x: tf.Tensor3D, context: Context, factor: number): tf.Tensor3D {
    return recomputed(x, context, (own, inside, again) =>
      withUnread(again && !this.inside && !this.alpha ? lastOf(this.branch) : undefined, () =>
        this.branchOutput(own, inside, factor),
      ),
    );
  }

  /** One stream and the branch; a branch that is skipped adds nothing, and no probe sees it. */
  private joined(x: tf.Tensor3D, branch: tf.Tensor3D | undefined, context: Context): tf.Tensor3D {
    const event = branch && this.eventOf(x, branch, context);
    const terms = { shortcut: x, omega: this.omegaOf(event), branch };
    const norm = { spec: this.residual.after, norm: this.after };
    if (!event || !context.probe?.join) {
      const output = normedSum(terms, norm);
      return output === x ? tf.clone(x) : output;
    }
    const sum = sumOf(terms);
    const output = this.after?.call(sum) ?? sum;
    context.probe.join({ ...event, sum, output });
    return output;
  }

  /** What a probe sees of the branch. */
  eventOf(shortcut: tf.Tensor3D, branch: tf.Tensor3D, context: Context): BranchEvent {
    return { path: context.path ?? '', place: this.place, context, shortcut, branch };
  }

  /** What multiplies the shortcut: the probe's word, else the record's scale. */
  omegaOf(event: BranchEvent | undefined): number | tf.Tensor | undefined {
    const override = event?.context.probe?.branch?.(event)?.shortcutScale;
    if (override !== undefined) return override;
    const { complement, shortcutScale } = this.residual;
    return complement && this.alpha ? tf.sub(1, this.alpha.value) : scaleValue(shortcutScale, this.omega);
  }

  /** What the branch is called with where the sub-layer reads x [B, T, D]: rho before(x). */
  branchInput(x: tf.Tensor3D): tf.Tensor3D {
    const { readScale } = this.residual;
    const normed = this.before?.call(x) ?? x;
    return readScale ? scaled(normed, scaleValue(readScale, this.readScale)) : normed;
  }

  /** a_i of the paper: the branch with its norms, dropout and scale. */
  private branchOutput(x: tf.Tensor3D, context: Context, factor: number): tf.Tensor3D {
    const called = this.branch.call(this.branchInput(x), branchScope(context, this.branch));
    const raw = dropoutIn(context, 'dropout', called, this.dropout);
    const output = this.inside?.call(raw) ?? raw;
    const branch = scaled(output, scaleValue(this.residual.branchScale, this.alpha));
    return factor === 1 ? branch : tf.mul(branch, factor);
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
