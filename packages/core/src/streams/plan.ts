import type * as tf from '@tensorflow/tfjs';
import type { BranchEvent, Context } from '../context/context';
import type { Norm, NormSpec } from '../layers/norm';
import type { RandomStream } from '../random/random';
import type { Module } from '../state/module';

/** A norm a stream, or none. */
export type StreamNorms = readonly (NormSpec | undefined)[];

/**
 * How a sub-layer reads, carries and writes n streams x_j, of which it makes m streams x'_i:
 *
 *     u = sum_j a_j N_j(x_j)     z = alpha (.) inside( f( rho (.) before(u) ) )
 *     x'_i = after_i( sum_j B_ij M_j(x_j) + c_i z )
 *
 * The residual's shortcut scale multiplies B_11 as well, and its norm `after` is the first stream's.
 */
export interface StreamPlan {
  /** a, [n]. */
  readonly read: readonly number[];
  /** B, [m][n]. */
  readonly carry: readonly (readonly number[])[];
  /** c, [m]. */
  readonly write: readonly number[];
  /** N_j, of a stream where the branch reads it, [n]. Default none. */
  readonly readNorms?: StreamNorms;
  /** M_j, of a stream where it is carried on, [n]. Default none. */
  readonly carryNorms?: StreamNorms;
  /** after_i, [m]: none for the first stream. Default none. */
  readonly after?: StreamNorms;
  /**
   * Absent: a, B and c are fixed. 'trained': they are parameters that start so. Or a function of the streams that starts
   * near them: theory takes the numbers.
   */
  readonly weights?: 'trained' | StreamWeightsFactory;
  /** A stream behind the sub-layer that is no sum. Default none. */
  readonly handsOn?: HandedStream;
  /** A stream that the branch is shown beside u, as `handed` of its context; 0 is the first. Default none. */
  readonly shows?: number;
}

/**
 * What a branch hands on to later ones, beside what it adds: `of` makes it of the branch and of rho before(u), which the
 * branch reads; in a call of its own, as what is computed again for the backward pass has one result. It is made where
 * stochastic depth skips the branch, too.
 */
export interface HandedStream {
  /** Which stream it is behind the sub-layer, 0 the first: its row of B and its c are 0. */
  readonly stream: number;
  /** Of formulas. */
  readonly name: string;
  /** [B, T, D]: [B, T, any] */
  readonly of: (branch: object, read: tf.Tensor3D) => tf.Tensor3D;
}

/** How the streams that leave a stack's last sub-layer become one. */
export interface StreamLeave {
  /** The first of them, their sum or their mean. */
  readonly read: 'first' | 'sum' | 'mean';
  /** Norms of the streams before that. Default none. */
  readonly norms?: StreamNorms;
  /** Weights that are a function of the streams, in place of those of the sum or mean, near which they start. */
  readonly weights?: StreamWeightsFactory;
}

/** Weights of a call: [n] for all tokens, or [B, T, n] with each token its own; likewise for B and c. */
export interface StreamTensors {
  /** a: [n], or [B, T, n] */
  readonly read?: tf.Tensor;
  /** B: [m, n], or [B, T, m, n]; or some of its rows, each as a. */
  readonly carry?: tf.Tensor | readonly (tf.Tensor | undefined)[];
  /** c: [m], or [B, T, m] */
  readonly write?: tf.Tensor;
}

/** Computes weights from the streams. What it does not give, stays as the plan's numbers say. */
export interface StreamWeights extends Module {
  /** n streams [B, T, D]. */
  call(streams: readonly tf.Tensor3D[]): StreamTensors;
}

/** What the maker of weights, and of wires, may depend on. */
export interface StreamSite {
  /** D */
  readonly width: number;
  readonly random: RandomStream;
}

/** Weights that are a function of the streams: a name for summaries, and how one is made. */
export interface StreamWeightsFactory {
  readonly name: string;
  /** The weights that it gives, of a, B and c. Default all. */
  readonly gives?: readonly ('a' | 'B' | 'c')[];
  readonly make: (site: StreamSite & { readonly streams: number }) => StreamWeights;
}

/** A plan, and what carries it out in a sub-layer: `wiring(plan)` gives one. */
export interface StreamWiring extends StreamPlan {
  readonly make: (site: StreamSite) => Wires;
}

/** How streams leave, and what carries it out: `leaving(plan)` gives one. */
export interface StreamLeaving extends StreamLeave {
  readonly make: (site: StreamSite & { readonly streams: number }) => Leave;
}

/** What reads, carries and writes the streams of a sub-layer. */
export interface Wires extends Module {
  /** M_j, [n], and after_i, [m]; none where the list ends. */
  readonly carryNorms: readonly (Norm | undefined)[];
  readonly after: readonly (Norm | undefined)[];
  /** n streams [B, T, D]. */
  plug(streams: readonly tf.Tensor3D[]): PluggedWires;
  /** The m streams behind the sub-layer, [B, T, D] each. */
  join(plugged: PluggedWires, by: StreamJoin): tf.Tensor3D[];
}

/** What multiplies a stream. Absent: nothing. */
export type Scaling = number | tf.Tensor | undefined;

/** The norm of a sum. */
export interface SumNorm {
  readonly spec?: NormSpec | undefined;
  readonly norm?: Norm | undefined;
}

/** What a sub-layer brings to the join of its streams. */
export interface StreamJoin {
  /** Those before it. */
  readonly streams: readonly tf.Tensor3D[];
  /** z: [B, T, D]. Absent where stochastic depth skips the branch. */
  readonly branch?: tf.Tensor3D | undefined;
  readonly subLayer: JoiningSubLayer;
  /** Its probe is told of the first stream that the branch writes to, and of all. */
  readonly context: Context;
}

/** A sub-layer, as far as its streams join by it. */
export interface JoiningSubLayer {
  readonly branch: object;
  readonly residual: { readonly after?: NormSpec };
  /** The norm of the first stream. */
  readonly after?: Norm | undefined;
  /** What the branch is called with where the sub-layer reads x: [B, T, D] */
  branchInput(x: tf.Tensor3D): tf.Tensor3D;
  /** What a probe sees of the branch. */
  eventOf(shortcut: tf.Tensor3D, branch: tf.Tensor3D, context: Context): BranchEvent;
  /** What multiplies B_11. */
  omegaOf(event: BranchEvent | undefined): Scaling;
}

/** What makes one stream of those that leave a stack. */
export interface Leave extends Module {
  readonly norms: readonly (Norm | undefined)[];
  /** The weights of streams [B, T, D] before their norms. */
  weigh(streams: readonly tf.Tensor3D[]): readonly Weight[];
  /** Streams [B, T, D]: [B, T, D] */
  call(streams: readonly tf.Tensor3D[]): tf.Tensor3D;
}

/** A weight in force: a number, or a tensor [1] or [B, T, 1]. */
export type Weight = number | tf.Tensor;

/** The wires of one call. */
export interface PluggedWires {
  /** u: [B, T, D] */
  readonly read: tf.Tensor3D;
  /** What the branch is shown beside it. */
  readonly handed?: tf.Tensor3D | undefined;
  /** M_j(x_j), [n]. */
  readonly carried: readonly tf.Tensor3D[];
  /** B and c in force. */
  readonly carry: readonly (readonly Weight[])[];
  readonly write: readonly Weight[];
  /** Sums of the streams carried, B M(x), where they are there already: [m] */
  readonly mixed?: readonly (tf.Tensor3D | undefined)[];
}
