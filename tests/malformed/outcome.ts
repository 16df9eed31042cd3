import * as tf from '@tensorflow/tfjs';
import { randomOf } from './random';
import type { Reader } from './reader';

/**
 * - `clear`: refused, with an error of the package's own making and of readable length
 * - `fine`: accepted, and harmless by the reader's judge
 * - `raw`: an error that says nothing to a user (TypeError, RangeError, one of a library underneath), or one of
 *   megabytes
 * - `wrong`: accepted though malformed, read as something else, or something was left behind
 * - `slow`: not done in time, or the process died
 */
export type OutcomeKind = 'clear' | 'fine' | 'raw' | 'wrong' | 'slow';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly change: string;
  readonly detail: string;
}

/** Errors of our own making. */
const OWN = ['SteadyformerError', 'TensorflowBackendError', 'OnnxRuntimeError'];

/** A longer message quotes what it refuses. */
const LONGEST_MESSAGE = 2000;

const ofError = (error: unknown): readonly ['clear' | 'raw', string] => {
  if (!(error instanceof Error)) return ['raw', `threw ${String(error)}`];
  const { name, message } = error;
  const start = message.slice(0, 300);
  if (!OWN.includes(name))
    return ['raw', `${name}: ${start}\n${(error.stack ?? '').split('\n').slice(1, 4).join('\n')}`];
  if (message.length > LONGEST_MESSAGE) return ['raw', `a message of ${message.length} characters: ${start}`];
  if (message.trim().length < 10) return ['raw', `a message that says nothing: ${JSON.stringify(message)}`];
  return ['clear', start];
};

/** What is left behind: tensors, or keys of the prototype that all records share. */
const leftBehind = (tensors: number): string | undefined => {
  const more = tf.memory().numTensors - tensors;
  if (more !== 0) return `${more} tensors left behind`;
  const polluted = Object.keys(Object.prototype).concat('polluted' in {} ? ['polluted'] : []);
  // Not the next case's fault.
  for (const key of polluted) delete (Object.prototype as Record<string, unknown>)[key];
  return polluted.length > 0 ? `Object.prototype has ${polluted.join(', ')}` : undefined;
};

/** The seed of a case is all that it depends on. */
export const runCase = async (reader: Reader, seed: number, index: number): Promise<Outcome> => {
  const { change, read } = reader.make(randomOf(seed, reader.name, index));
  const tensors = tf.memory().numTensors;
  let kind: OutcomeKind;
  let detail: string;
  try {
    const wrong = await read();
    [kind, detail] = wrong === undefined ? ['fine', ''] : ['wrong', wrong];
  } catch (error) {
    [kind, detail] = ofError(error);
  }
  const left = leftBehind(tensors);
  if (left !== undefined && kind !== 'raw') [kind, detail] = ['wrong', `${left} (${kind}: ${detail})`];
  return { kind, change, detail };
};
