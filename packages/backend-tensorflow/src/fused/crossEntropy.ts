import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute, type Ops } from '../ops/compute';
import type { Handle } from '../ops/native';
import { expectShape } from './shapes';

const expectLogits = (name: string, call: Call): [rows: number, vocabulary: number] => {
  expectShape(name, call, 'logits', [null, null]);
  const [rows, vocabulary] = call.inputs.logits!.shape as [number, number];
  expectShape(name, call, 'labels', [rows], 'int32');
  return [rows, vocabulary];
};

/** z = log sum_v exp x_v of every row: [M, 1] */
const logNormalisers = ({ run, ints }: Ops, x: Handle): Handle => {
  const over = { keep_dims: true };
  const top = run('Max', [x, ints([1])], over);
  const sum = run('Sum', [run('Exp', [run('Sub', [x, top])]), ints([1])], over);
  return run('AddV2', [run('Log', [sum]), top]);
};

/** nll = z - x_label, loss = (1 - s) nll + s (z - mean_v x): [loss, nll, z], [M] each */
const forward = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  const [rows] = expectLogits('SteadySoftmaxCrossEntropy', call);
  const smoothing = attrs.smoothing as number;
  return compute(backend, (ops) => {
    const { run, of, ints, reals, reshape } = ops;
    const x = of(inputs.logits!);
    const z = logNormalisers(ops, x);
    const at = reshape(of(inputs.labels!), [rows, 1]);
    const nll = run('Sub', [z, run('GatherV2', [x, at, ints([1], [])], { batch_dims: 1 })]);
    const flat = (column: Handle): Handle => reshape(column, [rows]);
    if (smoothing === 0) return [flat(nll), flat(nll), flat(z)];
    const mean = run('Mean', [x, ints([1])], { keep_dims: true });
    const uniform = run('Mul', [run('Sub', [z, mean]), reals([smoothing])]);
    const loss = run('AddV2', [run('Mul', [nll, reals([1 - smoothing])]), uniform]);
    return [flat(loss), flat(nll), flat(z)];
  });
};

/**
 * dLoss p, p = exp(x - z), 0 where dLoss is: [M, V]. Where every weight is known to be positive or 0, and no row without one
 * holds what is no number, the weight goes into the exponent, a pass less.
 */
const weighted = (ops: Ops, { inputs, backend }: Call, x: Handle, rows: number): Handle => {
  const { run, of, reshape, tensor } = ops;
  const column = (info: tf.TensorInfo): Handle => reshape(of(info), [rows, 1]);
  if (!backend.isUsingGpuDevice) {
    const read = (info: tf.TensorInfo): Float32Array => backend.readSync(info.dataId) as Float32Array;
    const [weights, z] = [read(inputs.dLoss!), read(inputs.logNormaliser!)];
    const foldable = weights.every((w, row) => w >= 0 && w < Infinity && Number.isFinite(z[row]));
    if (foldable) {
      const shift = tensor(
        Float32Array.from(weights, (w, row) => z[row]! - Math.log(w)),
        [rows, 1],
      );
      return run('Exp', [run('Sub', [x, shift])]);
    }
  }
  const p = run('Exp', [run('Sub', [x, column(inputs.logNormaliser!)])]);
  return run('MulNoNan', [p, column(inputs.dLoss!)]);
};

/** dLoss (p - (1 - s) [v = label] - s / V), 0 in rows without weight: [dLogits] */
const backward = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  const name = 'SteadySoftmaxCrossEntropyGrad';
  const [rows, vocabulary] = expectLogits(name, call);
  for (const input of ['dLoss', 'logNormaliser']) expectShape(name, call, input, [rows]);
  const smoothing = attrs.smoothing as number;
  return compute(backend, (ops) => {
    const { run, of, ints, reals, reshape, pack } = ops;
    const dLoss = of(inputs.dLoss!);
    let all = weighted(ops, call, of(inputs.logits!), rows);
    if (smoothing !== 0) {
      const uniform = run('Mul', [dLoss, reals([smoothing / vocabulary])]);
      all = run('Sub', [all, reshape(uniform, [rows, 1])]);
    }
    const numbers = run('Range', [ints([0], []), ints([rows], []), ints([1], [])]);
    const at = pack([numbers, of(inputs.labels!)], 1);
    return [run('TensorScatterSub', [all, at, run('Mul', [dLoss, reals([1 - smoothing])])])];
  });
};

/** SteadySoftmaxCrossEntropy and its gradient. */
export const crossEntropyKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadySoftmaxCrossEntropy: kernel(forward),
  SteadySoftmaxCrossEntropyGrad: kernel(backward),
};
