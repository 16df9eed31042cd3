import * as tf from '@tensorflow/tfjs';
import { computeOne, type } from '../ops/compute';
import { onHost } from './host';
import { type Call, type Repair, repaired } from './kernel';

const dtypeIs =
  (name: string, dtype: tf.DataType) =>
  ({ inputs }: Call): boolean =>
    inputs[name]?.dtype === dtype;

const cast = (info: tf.TensorInfo, dtype: tf.DataType): tf.Tensor => tf.cast(info as tf.Tensor, dtype);

/** Comparisons of strings, which TensorFlow does not order. */
const comparison =
  (name: string): Repair =>
  (native) =>
  (call) =>
    dtypeIs('a', 'string')(call as Call) ? onHost(name)(call) : native(call);

/** Kernels of single elements that answer wrongly, or not, what tfjs allows. */
export const elementwiseRepairs: Readonly<Record<string, Repair>> = {
  // tfjs: 0 for NaN.
  Sign: repaired(dtypeIs('x', 'float32'), ({ inputs, backend }) => {
    return computeOne(backend, ({ of, run, reals }) => {
      const x = of(inputs.x!);
      const [above, below] = ['Greater', 'Less'].map((name) =>
        run('Cast', [run(name, [x, reals([0])])], { DstT: type(backend.binding.TF_FLOAT) }),
      );
      return run('Sub', [above!, below!]);
    });
  }),
  // TensorFlow makes 0 of every whole number.
  Round: repaired(dtypeIs('x', 'int32'), ({ inputs, backend }) => {
    return computeOne(backend, ({ of, run }) => run('Identity', [of(inputs.x!)]));
  }),
  Step: repaired(dtypeIs('x', 'int32'), ({ inputs, attrs, backend }) => {
    return computeOne(backend, ({ of, run, ints }) => {
      const positive = run('Greater', [of(inputs.x!), ints([0], [])]);
      return run('SelectV2', [positive, ints([1], []), ints([Math.trunc(attrs.alpha as number)], [])]);
    });
  }),
  LeakyRelu: repaired(dtypeIs('x', 'int32'), ({ inputs }, native) =>
    native({ inputs: { x: cast(inputs.x!, 'float32') } }),
  ),
  Diag: repaired(dtypeIs('x', 'bool'), ({ inputs }, native) =>
    cast(native({ inputs: { x: cast(inputs.x!, 'int32') } }), 'bool'),
  ),
  ...Object.fromEntries(
    ['Greater', 'GreaterEqual', 'Less', 'LessEqual'].map((name) => [name, comparison(name)]),
  ),
};
