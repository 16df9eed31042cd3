import * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';
import type { Context } from '../context/context';
import { RandomStream } from '../random/random';
import { scalarCount } from '../state/flat';
import type { NamedParameter } from '../state/module';
import type { ReplicaStart, Sums, Work } from './protocol';
import type { SharedSizes } from './sharedMemory';

/** What a loss function gives: `loss` is what is minimised, and everything is a sum, so that parts add up. */
export type SummedLoss = { readonly loss: tf.Scalar } & Readonly<Record<string, tf.Scalar | number>>;

/** A copy of the model as one replica has it. */
export interface ReplicaModel<Part> {
  /** All parameters, in the order that the first thread has them. */
  readonly parameters: readonly NamedParameter[];
  readonly loss: (part: Part, context: Context) => SummedLoss;
}

/**
 * The parameters of a replica's model that are trained, and those that are frozen.
 *
 * @throws SteadyformerError where the model has another number of parameters than the first thread's
 */
export const parametersOf = <Part>(
  { rank, trained, frozen, memory }: ReplicaStart<SharedSizes>,
  { parameters }: ReplicaModel<Part>,
): Readonly<Record<'trained' | 'frozen', readonly NamedParameter[]>> => {
  const [size, expected] = [scalarCount(parameters), memory.size + memory.frozen];
  if (size !== expected) {
    throw new SteadyformerError(
      `replica ${rank}: its model has ${size} parameters, the first thread's ${expected}. Build both from one config.`,
    );
  }
  const chosen = (indices: readonly number[]): NamedParameter[] => indices.map((i) => parameters[i]!);
  return { trained: chosen(trained), frozen: chosen(frozen) };
};

/**
 * Sums over parts what the model's loss gives. `gradientOf` computes a loss with its gradient, of part i, and gives the
 * loss, which is disposed here.
 */
export const sumParts = async <Part>(
  { loss: lossOfPart }: ReplicaModel<Part>,
  work: readonly Work<Part>[],
  gradientOf: (loss: () => tf.Scalar, i: number) => tf.Scalar,
): Promise<Sums> => {
  const sums: Record<string, number> = Object.create(null);
  for (const [i, { part, random }] of work.entries()) {
    const context = { training: true, random: new RandomStream(random) };
    let others: Readonly<Record<string, tf.Scalar | number>> = {};
    const lossOf = (): tf.Scalar => {
      const { loss: minimised, ...rest } = lossOfPart(part, context);
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
      loss = gradientOf(lossOf, i);
    } catch (error) {
      tf.dispose(others);
      throw error;
    }
    for (const [name, value] of Object.entries({ loss, ...others })) {
      sums[name] = (sums[name] ?? 0) + (typeof value === 'number' ? value : (await value.data())[0]!);
      if (typeof value !== 'number') value.dispose();
    }
  }
  return sums;
};
