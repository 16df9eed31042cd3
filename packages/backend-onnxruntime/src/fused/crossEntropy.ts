import { sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Kernel } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape } from './contract';

/** Elements of logits that one run takes: its temporaries then stay in the cache. */
const BLOCK = 1 << 18;

const rows = (data: Float32Array, from: number, to: number, columns: number): Operand => ({
  data: data.subarray(from * columns, to * columns),
  shape: [to - from, columns],
  type: FLOAT,
});

/** Calls `run(from, to)` for blocks of rows. */
const inBlocks = (count: number, columns: number, run: (from: number, to: number) => void): void => {
  const step = Math.max(1, Math.floor(BLOCK / columns));
  for (let from = 0; from < count; from += step) run(from, Math.min(count, from + step));
};

const checkLabels = (labels: Int32Array, vocabulary: number): void => {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0 || label >= vocabulary) {
      throw new OnnxRuntimeError(
        `labels[${i}]: received ${label}, allowed whole numbers in [0, ${vocabulary - 1}].`,
      );
    }
  }
};

/** log sum exp of every row, and the sum of every row. */
const normaliserGraph = (): Graph => {
  const g = new Graph();
  const x = g.input();
  const axis = g.integers(1);
  const top = g.op('ReduceMax', [x, axis], { keepdims: 1 });
  const sum = g.op('ReduceSum', [g.op('Exp', [g.op('Sub', [x, top])]), axis], { keepdims: 1 });
  g.output(g.op('Add', [g.op('Log', [sum]), top]));
  g.output(g.op('ReduceSum', [x, axis], { keepdims: 1 }));
  return g;
};

/** SteadySoftmaxCrossEntropy: [loss, nll, logNormaliser], each [M], of logits [M, V] and int32 labels [M]. */
export const crossEntropy: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadySoftmaxCrossEntropy', call, 'logits', [null, null]);
  const [count, vocabulary] = inputs.logits!.shape as [number, number];
  expectShape('SteadySoftmaxCrossEntropy', call, 'labels', [count], 'int32');
  const logits = backend.values(inputs.logits!);
  const labels = backend.values<Int32Array>(inputs.labels!);
  const smoothing = attrs.smoothing as number;
  checkLabels(labels, vocabulary);
  const loss = backend.fresh([count]);
  const nll = backend.fresh([count]);
  const normaliser = backend.fresh([count]);
  const sums = backend.fresh([count]);
  inBlocks(count, vocabulary, (from, to) => {
    backend.execute(
      'CrossEntropy',
      normaliserGraph,
      [rows(logits, from, to, vocabulary)],
      [rows(normaliser.values, from, to, 1), rows(sums.values, from, to, 1)],
      4 * (to - from) * vocabulary,
    );
  });
  for (let i = 0; i < count; i++) {
    const z = normaliser.values[i]!;
    const own = z - logits[i * vocabulary + labels[i]!]!;
    nll.values[i] = own;
    // Without smoothing the row's other logits do not count, and may be -Infinity.
    const uniform = smoothing === 0 ? 0 : smoothing * (z - sums.values[i]! / vocabulary);
    loss.values[i] = (1 - smoothing) * own + uniform;
  }
  backend.disposeData(sums.info.dataId);
  return [loss.info, nll.info, normaliser.info];
};

/** weight_i exp(x - shift_i) - offset_i for every row i. */
const gradientGraph = (): Graph => {
  const g = new Graph();
  const [x, shift, weight, offset] = [g.input(), g.input(), g.input(), g.input()];
  g.output(g.op('Sub', [g.op('Mul', [g.op('Exp', [g.op('Sub', [x, shift])]), weight]), offset]));
  return g;
};

/** The same with weight_i folded into the shift, for positive weights. */
const foldedGraph = (): Graph => {
  const g = new Graph();
  const [x, shift, offset] = [g.input(), g.input(), g.input()];
  g.output(g.op('Sub', [g.op('Exp', [g.op('Sub', [x, shift])]), offset]));
  return g;
};

/** SteadySoftmaxCrossEntropyGrad: dLoss (softmax - (1 - s) onehot - s / V), [M, V]; 0 in rows whose dLoss is 0. */
export const crossEntropyGrad: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const name = 'SteadySoftmaxCrossEntropyGrad';
  expectShape(name, call, 'logits', [null, null]);
  const [count, vocabulary] = inputs.logits!.shape as [number, number];
  expectShape(name, call, 'labels', [count], 'int32');
  for (const input of ['dLoss', 'logNormaliser']) expectShape(name, call, input, [count]);
  const logits = backend.values(inputs.logits!);
  const labels = backend.values<Int32Array>(inputs.labels!);
  const dLoss = backend.values(inputs.dLoss!);
  const normaliser = backend.values(inputs.logNormaliser!);
  const smoothing = attrs.smoothing as number;
  checkLabels(labels, vocabulary);
  const { info, values } = backend.fresh([count, vocabulary]);
  const shift = backend.scratch(count);
  const offset = backend.scratch(count);
  const folded = dLoss.every((d) => d >= 0 && Number.isFinite(d));
  for (let i = 0; i < count; i++) {
    // d = 0 gives a shift of infinity, so exp gives the 0 that is due, except to what is not finite.
    shift[i] = folded ? normaliser[i]! - Math.log(dLoss[i]!) : normaliser[i]!;
    offset[i] = (dLoss[i]! * smoothing) / vocabulary;
  }
  inBlocks(count, vocabulary, (from, to) => {
    const block = (data: Float32Array): Operand => rows(data, from, to, 1);
    const x = rows(logits, from, to, vocabulary);
    const y = rows(values, from, to, vocabulary);
    const work = 3 * sizeOf(x.shape);
    if (folded) {
      backend.execute('CrossEntropyGradFolded', foldedGraph, [x, block(shift), block(offset)], [y], work);
    } else {
      const operands = [x, block(shift), block(dLoss), block(offset)];
      backend.execute('CrossEntropyGrad', gradientGraph, operands, [y], work);
    }
  });
  for (let i = 0; i < count; i++) {
    if (dLoss[i] !== 0) values[i * vocabulary + labels[i]!]! -= (1 - smoothing) * dLoss[i]!;
    else if (!Number.isFinite(normaliser[i]!)) values.fill(0, i * vocabulary, (i + 1) * vocabulary);
  }
  return info;
};
