import * as tf from '@tensorflow/tfjs';
import { candidates, preferred } from '#backends';
import { nearest, SteadyformerError } from './errors';

/** A tfjs backend that may or may not be here. */
export interface BackendCandidate {
  readonly name: string;
  /** Registers the backend with tfjs. Throws, with the reason, where that cannot be. */
  readonly load: () => Promise<void>;
  /** False keeps it out of the automatic choice. Default true. */
  readonly automatic?: boolean;
  /** Throws, with the reason, where it would work but is not to be chosen unasked. */
  readonly recommend?: () => Promise<void>;
}

export interface BackendChoice {
  /** The backend now active. */
  readonly name: string;
  /** What was tried before it, and why it was not taken. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  /** One line for people. */
  readonly message: string;
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

const activate = async ({ name, load }: BackendCandidate): Promise<void> => {
  await load();
  if (!(await tf.setBackend(name))) throw new SteadyformerError(`tfjs could not start '${name}'`);
  await tf.ready();
};

/**
 * Makes a tfjs backend active: the one named, or with 'auto' the best that works here (in Node onnxruntime,
 * tensorflow, wasm, cpu; in a browser webgpu, wasm, cpu). In Node 'webgpu' has to be asked for and needs the packages
 * `webgpu` and `@tensorflow/tfjs-backend-webgpu`. The environment variable STEADYFORMER_BACKEND stands in
 * for the argument where that is absent. Throws where a named one is unknown or does not work, saying why.
 */
export const selectBackend = async (wanted: string = preferred() ?? 'auto'): Promise<BackendChoice> => {
  const known = candidates();
  if (wanted === 'auto') return firstThatWorks(known.filter(({ automatic = true }) => automatic));
  const candidate = known.find(({ name }) => name === wanted);
  if (!candidate) {
    const names = ['auto', ...known.map(({ name }) => name)];
    throw new SteadyformerError(
      `unknown backend '${wanted}', did you mean '${nearest(wanted, names)}'? Allowed: ${names.join(', ')}.`,
    );
  }
  try {
    await activate(candidate);
  } catch (error) {
    throw new SteadyformerError(
      `backend '${wanted}' does not work here: ${reasonOf(error)}. Choose another, or 'auto'.`,
    );
  }
  return { name: wanted, passedOver: [], message: `backend ${wanted} (asked for)` };
};

const firstThatWorks = async (known: readonly BackendCandidate[]): Promise<BackendChoice> => {
  const passedOver: { name: string; reason: string }[] = [];
  for (const candidate of known) {
    try {
      await candidate.recommend?.();
      await activate(candidate);
      const why = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
      return {
        name: candidate.name,
        passedOver,
        message: `backend ${candidate.name}${why ? ` (not ${why})` : ''}`,
      };
    } catch (error) {
      passedOver.push({ name: candidate.name, reason: reasonOf(error) });
    }
  }
  throw new SteadyformerError(
    `no tfjs backend works here: ${passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`,
  );
};
