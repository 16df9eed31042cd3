import * as tf from '@tensorflow/tfjs';
import { lossAndGradientInto } from '../autodiff/gradients';
import { can, tellOfMemory } from '../backend/capabilities';
import { SteadyformerError } from '../checks/errors';
import { stepInPlace, updatesInPlace } from '../optim/adamStep';
import { ParameterViews } from '../optim/parameterViews';
import { within } from '../optim/shard';
import { type Extent, evenStretch, tensorsOver } from '../state/flat';
import type { NamedParameter } from '../state/module';
import type { ReplicaStart, Request, Sums } from './protocol';
import { arraysIn, reduceStretch, type SharedArrays, updatedBy } from './sharedMemory';
import { parametersOf, type ReplicaModel, sumParts } from './sumParts';

/** Whether the active backend computes in memory that threads share. */
export const sharesMemory = (): boolean => updatesInPlace() && can('adoptsMemory');

/** Throws where the active backend cannot compute in memory that threads share. */
export const checkSharing = (): void => {
  if (sharesMemory()) return;
  throw new SteadyformerError(
    `this replica was started in a thread, over memory that the backend '${tf.getBackend()}' cannot share; have its module choose the backend of the first thread: selectBackend() without a name`,
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
    const { trained, frozen } = parametersOf(start, model);
    this.trained = trained;
    if (!(memory.memory instanceof SharedArrayBuffer)) tellOfMemory(memory.memory);
    this.arrays = arraysIn(memory);
    new ParameterViews(this.trained, this.arrays.parameters);
    if (frozen.length > 0) new ParameterViews(frozen, this.arrays.frozen);
    this.gradients = tensorsOver(this.arrays.gradients[rank]!, this.trained);
  }

  async answer(request: Request<Part>): Promise<Sums> {
    switch (request.kind) {
      case 'gradient':
        return this.gradient(request.work);
      case 'reduce':
        return { squares: reduceStretch(this.arrays.gradients, this.stretch) };
      case 'step':
        this.step(request.steps);
        return {};
    }
  }

  private get stretch(): Extent {
    const { memory, rank } = this.start;
    return evenStretch(memory.size, memory.replicas, rank);
  }

  private gradient(work: Extract<Request<Part>, { kind: 'gradient' }>['work']): Promise<Sums> {
    if (work.length === 0) this.arrays.gradients[this.start.rank]!.fill(0);
    return sumParts(this.model, work, (loss, i) =>
      lossAndGradientInto(this.trained, loss, this.gradients, i > 0),
    );
  }

  /** Updates what of the segments lies in the own part. */
  private step(steps: Extract<Request<Part>, { kind: 'step' }>['steps']): void {
    const { parameters, m, v, gradients } = this.arrays;
    const { weights, moments } = updatedBy(this.start.memory, this.start.rank);
    if (weights.from === weights.to) return;
    const over = (array: Float32Array, { from, to }: Extent): tf.Tensor1D =>
      tf.tensor1d(array.subarray(from, to));
    tf.tidy(() => {
      const state = { parameters: over(parameters, weights), m: over(m, moments), v: over(v, moments) };
      stepInPlace(state, over(gradients[0]!, weights), within(steps, weights));
    });
  }
}
