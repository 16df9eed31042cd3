import * as tf from '@tensorflow/tfjs';

/** Calls of TensorFlow's addon: ops run, tensors handed over, tensors read. */
export interface NativeCalls {
  readonly ops: number;
  readonly uploads: number;
  readonly reads: number;
}

const COUNTED = { ops: 'executeOp', uploads: 'createTensor', reads: 'tensorDataSync' } as const;

type Binding = Record<(typeof COUNTED)[keyof typeof COUNTED], (...args: unknown[]) => unknown>;

/** Counts the calls of the active backend's addon from now on; undefined where it has none. */
export const countNativeCalls = (): (() => NativeCalls) | undefined => {
  const backend = tf.backend() as { binding?: Binding };
  const { binding } = backend;
  if (binding === undefined) return undefined;
  const counts = { ops: 0, uploads: 0, reads: 0 };
  const wrapped = (['ops', 'uploads', 'reads'] as const).map((kind) => {
    const call = binding[COUNTED[kind]];
    const value = (...args: unknown[]): unknown => {
      counts[kind]++;
      return call(...args);
    };
    return [COUNTED[kind], { value }] as const;
  });
  // What the addon gives is read-only.
  backend.binding = Object.create(binding, Object.fromEntries(wrapped));
  return () => {
    const seen = { ...counts };
    Object.assign(counts, { ops: 0, uploads: 0, reads: 0 });
    return seen;
  };
};
