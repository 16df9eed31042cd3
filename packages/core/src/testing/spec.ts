import * as tf from '@tensorflow/tfjs';
import {
  type FusedKernelName,
  type FusedKernels,
  type KernelForm,
  REFERENCE_BACKEND,
} from '../backend/contract';
import { runKernel } from '../backend/kernels';
import { SteadyformerError } from '../checks/errors';
import { checkClose, type Plain, type Plains } from './numbers';
import { evaluate, type Tensors, withBackend } from './onBackend';

/** A named check that any test runner can run: it resolves, or rejects with an error that says what is wrong. */
export interface NamedCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A check of one kernel of the contract on one backend. */
export interface KernelCase extends NamedCase {
  readonly kernel: FusedKernelName;
}

export const WITHIN = 2e-5;

/** One call of a kernel that computes, and its composed form. */
export interface Spec<K extends FusedKernelName> {
  readonly kernel: K;
  /** The options, in words. */
  readonly options: string;
  readonly inputs: Plains;
  readonly attrs: FusedKernels[K]['attrs'];
  readonly composed: KernelForm<K>;
  /** Names of what comes out. What is undefined is the backend's own business. */
  readonly outputs: readonly (string | undefined)[];
  /** What a gradient reads of its forward pass, made of that pass's outputs. */
  readonly saved?: Forward;
  /** Whether numbers need only be finite. */
  readonly finite?: boolean;
  /** Allowed error. Default 2e-5. */
  readonly within?: number;
}

/** A call of any kernel. */
export type AnySpec = { [K in FusedKernelName]: Spec<K> }[FusedKernelName];

/** A forward pass before a gradient: its kernel, composed form and inputs, and what the gradient reads of it. */
export interface Forward {
  readonly kernel: FusedKernelName;
  readonly composed: (inputs: Tensors) => tf.Tensor[];
  readonly inputs: Plains;
  readonly attrs: object;
  readonly keep: (outputs: readonly Plain[]) => Plains;
  /** Whether what is saved is the backend's own: then its kernel reads what its own forward kernel gave. */
  readonly own?: boolean;
}

const run = <K extends FusedKernelName>(kernel: K, inputs: Tensors, attrs: object): tf.Tensor[] =>
  runKernel(kernel, inputs as FusedKernels[K]['inputs'], attrs as FusedKernels[K]['attrs']);

/** Inputs of a kernel with what its forward pass saves, from the composed form and from the backend's own. */
const savedInputs = async (
  backend: string,
  { saved, inputs }: AnySpec,
): Promise<{ readonly composed: Plains; readonly own: Plains }> => {
  if (!saved) return { composed: inputs, own: inputs };
  const { kernel, attrs, keep } = saved;
  const composed = await withBackend(REFERENCE_BACKEND, () =>
    evaluate(`the composed ${kernel}`, saved.inputs, (tensors) => tf.tidy(() => saved.composed(tensors))),
  );
  const from = (outputs: readonly Plain[]): Plains => ({ ...inputs, ...keep(outputs) });
  if (!saved.own) return { composed: from(composed), own: from(composed) };
  const own = await withBackend(backend, () =>
    evaluate(kernel, saved.inputs, (tensors) => run(kernel, tensors, attrs)),
  );
  return { composed: from(composed), own: from(own) };
};

/** A case whose errors, the kernel's own too, say which it is. */
export const named = (kernel: FusedKernelName, name: string, check: () => Promise<void>): KernelCase => ({
  kernel,
  name,
  run: async () => {
    try {
      await check();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof SteadyformerError && message.startsWith(name)) throw error;
      throw new SteadyformerError(`${name}: ${message}`, { cause: error });
    }
  },
});

/** The kernel's own outputs against those of its composed form on tfjs's cpu backend. */
export const caseOf = (backend: string, spec: AnySpec): KernelCase => {
  const { kernel, options, attrs, outputs, within = WITHIN } = spec;
  const composed = spec.composed as (inputs: Tensors, attrs: object) => tf.Tensor[];
  const name = `${kernel}: ${options}`;
  return named(kernel, name, async () => {
    const inputs = await savedInputs(backend, spec);
    const expected = await withBackend(REFERENCE_BACKEND, () =>
      evaluate(`the composed ${kernel}`, inputs.composed, (tensors) =>
        tf.tidy(() => composed(tensors, attrs)),
      ),
    );
    const received = await withBackend(backend, () =>
      evaluate(name, inputs.own, (tensors) => run(kernel, tensors, attrs)),
    );
    if (received.length < outputs.length) {
      throw new SteadyformerError(
        `${name}: received ${received.length} outputs, expected ${outputs.length}: ${outputs.join(', ')}.`,
      );
    }
    for (const [i, output] of outputs.entries()) {
      if (output === undefined) continue;
      const odd = spec.finite ? received[i]!.data.find((x) => !Number.isFinite(x)) : undefined;
      if (odd !== undefined) throw new SteadyformerError(`${name}: ${output} holds ${odd}.`);
      const wanted = spec.finite ? { ...received[i]!, shape: expected[i]!.shape } : expected[i]!;
      checkClose(`${name}: ${output}`, received[i]!, wanted, within);
    }
  });
};
