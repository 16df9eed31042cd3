import * as tf from '@tensorflow/tfjs';
import { type Norm, normOf } from '../layers/norm';
import { givenParameter, Module, type Parameter } from '../state/module';
import { checkPlan } from './checkPlan';
import { normedSum, sumOf, termsOf } from './join';
import { mixedBy } from './mixing';
import type {
  PluggedWires,
  StreamJoin,
  StreamNorms,
  StreamPlan,
  StreamSite,
  StreamWeights,
  StreamWiring,
  Wires,
} from './plan';
import { entriesOf, rowsOf, weightedSum } from './weights';

/**
 * A way for a residual to read, carry and write several streams: hand it over as the `streams` of its record.
 *
 * @throws SteadyformerError on numbers that do not fit each other, and on options that it does not know
 */
export const wiring = (plan: StreamPlan): StreamWiring => {
  checkPlan(plan);
  return { ...plan, make: (site) => new PlannedWires(plan, site) };
};

const normsOf = (norms: StreamNorms | undefined, width: number): (Norm | undefined)[] =>
  norms?.map((norm) => norm && normOf(norm, width)) ?? [];

class PlannedWires extends Module implements Wires {
  readonly readNorms: readonly (Norm | undefined)[];
  readonly carryNorms: readonly (Norm | undefined)[];
  readonly after: readonly (Norm | undefined)[];
  /** Of trained weights: a [n], B [m n] row by row, c [m]. */
  readonly read?: Parameter<tf.Rank.R1>;
  readonly carry?: Parameter<tf.Rank.R1>;
  readonly write?: Parameter<tf.Rank.R1>;
  /** Of weights that are a function of the streams. */
  readonly weights?: StreamWeights;
  private readonly plan: StreamPlan;

  constructor(plan: StreamPlan, { width, random }: StreamSite) {
    super();
    this.plan = plan;
    this.readNorms = normsOf(plan.readNorms, width);
    this.carryNorms = normsOf(plan.carryNorms, width);
    this.after = normsOf(plan.after, width);
    const { read, carry, write, weights } = plan;
    if (weights === 'trained') {
      // Vectors all: what has two axes counts as a matrix, which weight decay draws to zero.
      this.read = givenParameter(read);
      this.carry = givenParameter(carry.flat());
      this.write = givenParameter(write);
    } else if (weights) {
      this.weights = weights.make({ width, streams: read.length, random: random.fork('weights') });
    }
  }

  plug(streams: readonly tf.Tensor3D[]): PluggedWires {
    const { read, carry, write } = this.weights?.call(streams) ?? {
      read: this.read?.value,
      carry: this.carry && tf.reshape(this.carry.value, [this.plan.carry.length, streams.length]),
      write: this.write?.value,
    };
    const plain = !this.plan.readNorms && !this.plan.carryNorms;
    const mixed = plain && read && carry ? mixedBy(streams, read, carry) : undefined;
    const seen = streams.map((stream, j) => this.readNorms[j]?.call(stream) ?? stream);
    const { carry: numbers, shows } = this.plan;
    return {
      handed: shows === undefined ? undefined : streams[shows],
      read: mixed?.read ?? weightedSum(seen, read ? entriesOf(read) : this.plan.read),
      carried: streams.map((stream, j) => this.carryNorms[j]?.call(stream) ?? stream),
      // Split up only where somebody asks.
      get carry() {
        return carry ? rowsOf(carry, numbers) : numbers;
      },
      write: write ? entriesOf(write) : this.plan.write,
      ...(mixed?.carried ? { mixed: mixed.carried } : {}),
    };
  }

  join(plugged: PluggedWires, { streams, branch, subLayer, context }: StreamJoin): tf.Tensor3D[] {
    const { write, read } = plugged;
    const { handsOn } = this.plan;
    const handed = handsOn?.of(subLayer.branch, subLayer.branchInput(read));
    const { probe } = context;
    const seen = write.findIndex((weight) => weight !== 0);
    const shortcut = () => (plugged.carry[seen]?.[seen] ? streams[seen]! : read);
    const event = probe && branch && subLayer.eventOf(shortcut(), branch, context);
    const omega = subLayer.omegaOf(event);
    const parts = write.map((_, i) =>
      i === handsOn?.stream ? { shortcut: handed } : termsOf(plugged, i, branch, omega),
    );
    const outputs = parts.map((terms, i) => {
      if (i > 0) return normedSum(terms, { norm: this.after[i] });
      // Where a probe sees the sum, its norm is an op of its own.
      const spec = event && probe?.join ? undefined : subLayer.residual.after;
      return normedSum(terms, { spec, norm: subLayer.after });
    });
    if (event && probe?.join) {
      const sums = parts.map(sumOf);
      const wires = { ...plugged, before: streams, behind: outputs, sums };
      probe.join({ ...event, sum: sums[seen]!, output: outputs[seen]!, wires });
    }
    return outputs;
  }
}
