import * as tf from '@tensorflow/tfjs';
import { type Inputs, onBackend, type Plain } from '../../testing';
import { difference, type Tensors } from '../grid/case';

/** A generated program. */
export interface Generated {
  readonly name: string;
  readonly inputs: Inputs;
  readonly program: (t: Tensors) => tf.Tensor[];
  /** What tfjs's cpu backend is asked instead, where it answers wrongly or not at all. */
  readonly reference?: (t: Tensors) => tf.Tensor[];
  /** Relative above 1, absolute below; default 1e-5. */
  readonly tolerance?: number;
}

interface Outcome {
  readonly results: readonly Plain[];
  /** What was thrown instead. */
  readonly error?: string;
  /** Tensors more than before: where a gradient function throws, tfjs leaves what it had saved on any backend. */
  readonly left: number;
  /** Bytes that the pool lends out more than before. */
  readonly lent: number;
}

interface PoolMemory {
  readonly pool?: { readonly inUse: number };
}

const lentNow = (): number => (tf.memory() as PoolMemory).pool?.inUse ?? 0;

const outcomeOn = async (
  backend: string,
  inputs: Inputs,
  program: Generated['program'],
): Promise<Outcome> => {
  await tf.setBackend(backend);
  const [tensors, bytes] = [tf.memory().numTensors, lentNow()];
  const outcome = { results: [] as readonly Plain[], error: undefined as string | undefined };
  try {
    outcome.results = await onBackend(backend, inputs, program);
  } catch (thrown) {
    outcome.error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  const left = tf.memory().numTensors - tensors;
  const { results, error } = outcome;
  return { results, left, lent: lentNow() - bytes, ...(error === undefined ? {} : { error }) };
};

/** How our backend's answer differs from tfjs's cpu backend's, in values, shapes, types or in refusing; '' if not. */
export const disagreement = async ({
  name,
  inputs,
  program,
  reference = program,
  tolerance = 1e-5,
}: Generated): Promise<string> => {
  const at = (what: string): string => `${name}: ${what}`;
  const cpu = await outcomeOn('cpu', inputs, reference);
  const ours = await outcomeOn('onnxruntime', inputs, program);
  // A fault of tfjs's kernel itself, no refusal.
  const broken = cpu.error != null && /is not a function|not iterable|undefined/.test(cpu.error);
  if (ours.left > cpu.left) return at(`${ours.left} tensors left over, not ${cpu.left} (${ours.error})`);
  if (ours.left === 0 && ours.lent !== 0) return at(`${ours.lent} bytes of the pool not given back`);
  if (broken) return '';
  if (cpu.error != null) return ours.error != null ? '' : at(`answers where cpu says '${cpu.error}'`);
  if (ours.error != null) return at(`throws '${ours.error}'`);
  if (ours.results.length !== cpu.results.length) {
    return at(`${ours.results.length} results, not ${cpu.results.length}`);
  }
  const first = cpu.results
    .map((plain, i) => difference(ours.results[i]!, plain, tolerance))
    .find((text) => text !== '');
  return first == null ? '' : at(first);
};
