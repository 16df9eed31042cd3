import * as tf from '@tensorflow/tfjs';
import { lossAndGradientInto } from '../autodiff/gradients';
import { can, tellOfMemory } from '../backend/capabilities';
import { SteadyformerError } from '../checks/errors';
import type { Context } from '../context/context';
import { stepInPlace, updatesInPlace } from '../optim/adamStep';
import { ParameterViews } from '../optim/parameterViews';
import { RandomStream } from '../random/random';
import { type Extent, scalarCount, tensorsOver } from '../state/flat';
import type { NamedParameter } from '../state/module';
import type { ReplicaStart, Request, Sums } from './protocol';
import { arraysIn, reduceStretch, type SharedArrays, stretchOf } from './sharedMemory';

/** What a loss function gives: `loss` is what is minimised, and everything is a sum, so that parts add up. */
export type SummedLoss = { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Scalar | number>>;

/** A copy of the model as one thread has it. */
export interface ReplicaModel<Part> {
  /** All parameters, in the order that the first thread has them. */
  readonly parameters: readonly NamedParameter[];
  readonly loss: (part: Part, context: Context) => SummedLoss;
}

/** Throws where the active backend cannot compute in memory that threads share. */
export const checkSharing = (): void => {
  if (updatesInPlace() && can('adoptsMemory')) return;
  throw new SteadyformerError(
    `replicas share memory, which the backend '${tf.getBackend()}' cannot; use 'onnxruntime' (@steadyformer/backend-onnxruntime)`,
  );
};

/**
 * One replica's work, request by request: its weights are views of the shared ones, its gradient lies in shared
 * memory, and of the update it computes its own stretch.
 */
export class Replica<Part> {
  private readonly start: ReplicaStart;
  private readonly model: ReplicaModel<Part>;
  private readonly trained: readonly NamedParameter[];
  private readonly arrays: SharedArrays;
  private readonly gradients: readonly tf.Tensor[];

  constructor(start: ReplicaStart, model: ReplicaModel<Part>) {
    checkSharing();
    this.start = start;
    this.model = model;
    const { memory, rank } = start;
    const { parameters } = model;
    const [size, expected] = [scalarCount(parameters), memory.size + memory.frozen];
    if (size !== expected) {
      throw new SteadyformerError(
        `replica ${rank}: its model has ${size} parameters, the first thread's ${expected}. Build both from one config.`,
      );
    }
    const chosen = (indices: readonly number[]): NamedParameter[] => indices.map((i) => parameters[i]!);
    const frozen = chosen(start.frozen);
    this.trained = chosen(start.trained);
    if (!(memory.memory instanceof SharedArrayBuffer)) tellOfMemory(memory.memory);
    this.arrays = arraysIn(memory);
    new ParameterViews(this.trained, this.arrays.parameters);
    if (frozen.length > 0) new ParameterViews(frozen, this.arrays.frozen);
    this.gradients = tensorsOver(this.arrays.gradients[rank]!, this.trained);
  }

  answer(request: Request<Part>): Sums {
    switch (request.kind) {
      case 'gradient':
        return this.gradient(request.work);
      case 'reduce':
        return { squares: reduceStretch(this.arrays.gradients, this.stretch) };
      case 'norm':
        return { squares: reduceStretch(this.arrays.gradients.slice(0, 1), this.stretch) };
      case 'step':
        this.step(request.steps);
        return {};
    }
  }

  private get stretch(): Extent {
    return stretchOf(this.start.memory, this.start.rank);
  }

  private gradient(work: Extract<Request<Part>, { kind: 'gradient' }>['work']): Sums {
    if (work.length === 0) this.arrays.gradients[this.start.rank]!.fill(0);
    const sums: Record<string, number> = Object.create(null);
    for (const [i, { part, random }] of work.entries()) {
      const context = { training: true, random: new RandomStream(random) };
      let others: Readonly<Record<string, tf.Scalar | number>> = {};
      const lossOf = (): tf.Scalar => {
        const { loss: minimised, ...rest } = this.model.loss(part, context);
        others = Object.fromEntries(
          Object.entries(rest).map(([name, value]) => [
            name,
            typeof value === 'number' ? value : tf.keep(value),
          ]),
        );
        return minimised;
      };
      let loss: tf.Scalar;
      try {
        loss = lossAndGradientInto(this.trained, lossOf, this.gradients, i > 0);
      } catch (error) {
        tf.dispose(others);
        throw error;
      }
      for (const [name, value] of Object.entries({ loss, ...others })) {
        sums[name] = (sums[name] ?? 0) + (typeof value === 'number' ? value : value.dataSync()[0]!);
        if (typeof value !== 'number') value.dispose();
      }
    }
    return sums;
  }

  /** Updates what of the segments lies in the own stretch. */
  private step(steps: Extract<Request<Part>, { kind: 'step' }>['steps']): void {
    const { parameters, m, v, gradients } = this.arrays;
    const { from, to } = this.stretch;
    if (from === to) return;
    const own = steps
      .map((each) => ({ ...each, from: Math.max(each.from, from) - from, to: Math.min(each.to, to) - from }))
      .filter((each) => each.from < each.to);
    const over = (array: Float32Array): tf.Tensor1D => tf.tensor1d(array.subarray(from, to));
    tf.tidy(() => {
      const state = { parameters: over(parameters), m: over(m), v: over(v) };
      stepInPlace(state, over(gradients[0]!), own);
    });
  }
}
