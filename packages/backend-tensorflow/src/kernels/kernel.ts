import * as tf from '@tensorflow/tfjs';
import type { NativeBackend } from '../ops/native';

/** A call of a kernel, as tfjs makes it, of tensors by name. */
export interface Call {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: NativeBackend;
}

/** A kernel for calls by name. */
export const kernel =
  (f: (call: Call) => tf.TensorInfo | tf.TensorInfo[]): tf.KernelFunc =>
  ({ inputs, attrs, backend }) =>
    f({
      inputs: inputs as Call['inputs'],
      attrs: (attrs ?? {}) as unknown as Call['attrs'],
      backend: backend as NativeBackend,
    });

/** A kernel in the place of tfjs-node's: it may ask that one with other inputs and attributes. */
export type Repair = (native: tf.KernelFunc) => tf.KernelFunc;

/** A repair of the calls that `when` names, whose intermediate tensors go with it; all others are tfjs-node's own. */
export const repaired =
  (
    when: (call: Call) => boolean,
    instead: (call: Call, native: (changes?: Partial<Call>) => tf.TensorInfo) => tf.TensorInfo,
  ): Repair =>
  (native) =>
    kernel((call) => {
      const again = (changes: Partial<Call> = {}): tf.TensorInfo => {
        const { inputs, attrs, backend } = { ...call, ...changes };
        return native({
          inputs: { ...inputs },
          attrs: { ...attrs } as unknown as tf.NamedAttrMap,
          backend,
        }) as tf.TensorInfo;
      };
      return when(call) ? tf.tidy(() => instead(call, again) as tf.Tensor) : again();
    });
