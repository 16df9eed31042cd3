import * as tf from '@tensorflow/tfjs';
import { SteadyformerError } from '../checks/errors';
import { type FusedKernelName, type FusedKernels, KERNEL_GROUPS, type KernelForm } from './contract';

export type {
  Activation,
  AdamStepAttrs,
  AttentionAttrs,
  AttentionStepAttrs,
  ComputeType,
  FixedLinearAttrs,
} from './attributes';
export type { FusedKernelName, FusedKernels, KernelForm } from './contract';

/** Registered kernels whose whole group was found registered: each is looked at once. */
const complete = new WeakSet<object>();

/**
 * Whether the active backend offers the kernel and those that it comes with. Throws where it offers only some of them.
 */
export const hasKernel = (name: FusedKernelName): boolean => {
  const backend = tf.getBackend();
  const registered = tf.getKernel(name, backend);
  if (registered != null && complete.has(registered)) return true;
  const group = KERNEL_GROUPS.find((names) => names.includes(name)) ?? [name];
  const missing = group.filter((each) => tf.getKernel(each, backend) == null);
  if (missing.length === group.length) return false;
  if (missing.length > 0) {
    const some = group.filter((each) => !missing.includes(each));
    throw new SteadyformerError(
      `backend '${backend}' registers ${some.join(', ')} without ${missing.join(', ')}: register all of ${group.join(', ')}, or none.`,
    );
  }
  complete.add(registered!);
  return true;
};

/** Run a fused kernel of the active backend. Call only inside `tf.customGrad` or where no gradient is taken. */
export const runKernel = <K extends FusedKernelName>(
  name: K,
  inputs: FusedKernels[K]['inputs'],
  attrs: FusedKernels[K]['attrs'],
): tf.Tensor[] => {
  const given = Object.entries<tf.Tensor | undefined>(inputs).filter(([, tensor]) => tensor);
  const named = Object.fromEntries(given) as Record<string, tf.Tensor>;
  const out = tf.engine().runKernel(name, named, { ...attrs } as unknown as tf.NamedAttrMap) as
    | tf.Tensor
    | tf.Tensor[];
  return Array.isArray(out) ? out : [out];
};

/**
 * The active backend's kernel, or where it offers none the composed form. An op asks before its forward pass for all
 * that it needs of a group: a gradient never reads what another backend, or the other form, has saved.
 */
export const kernelOr = <K extends FusedKernelName>(name: K, composed: KernelForm<K>): KernelForm<K> =>
  hasKernel(name) ? (inputs, attrs) => runKernel(name, inputs, attrs) : composed;
