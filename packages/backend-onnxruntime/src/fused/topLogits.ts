import { OnnxRuntimeError } from '../errors';
import type { Kernel } from '../kernels/kernel';
import { expectShape } from './contract';

/** SteadyTopLogits: the `count` greatest of each row of logits [M, V], where they are, and the row's mass. */
export const topLogits: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyTopLogits', call, 'logits', [null, null]);
  const [rows, columns] = inputs.logits!.shape as [number, number];
  const count = attrs.count as number;
  if (!Number.isInteger(count) || count < 1 || count > columns) {
    throw new OnnxRuntimeError(
      `SteadyTopLogits count: received ${count}, allowed 1 to the ${columns} columns.`,
    );
  }
  const logits = backend.values<Float32Array>(inputs.logits!);
  const values = backend.fresh([rows, count]);
  const indices = backend.fresh<Int32Array>([rows, count], 'int32');
  const mass = backend.fresh([rows]);
  const operands = { reads: [logits], writes: [values.values, indices.values, mass.values] };
  const done = backend.native(operands, (kernels, at) =>
    kernels.topLogits(
      at(logits),
      rows,
      columns,
      count,
      at(values.values),
      at(indices.values),
      at(mass.values),
    ),
  );
  if (!done) plainTopLogits(logits, rows, columns, count, values.values, indices.values, mass.values);
  return [values.info, indices.info, mass.info];
};

const plainTopLogits = (
  logits: Float32Array,
  rows: number,
  columns: number,
  count: number,
  values: Float32Array,
  indices: Int32Array,
  mass: Float32Array,
): void => {
  values.fill(Number.NEGATIVE_INFINITY);
  indices.fill(0);
  for (let row = 0; row < rows; row++) {
    const line = logits.subarray(row * columns, (row + 1) * columns);
    const [first, last] = [row * count, (row + 1) * count - 1];
    for (let column = 0; column < columns; column++) {
      const value = line[column]!;
      if (!(value > values[last]!)) continue;
      let to = last;
      for (; to > first && values[to - 1]! < value; to--) {
        values[to] = values[to - 1]!;
        indices[to] = indices[to - 1]!;
      }
      values[to] = value;
      indices[to] = column;
    }
    mass[row] = line.reduce((sum, value) => sum + Math.exp(value - values[first]!), 0);
  }
};
