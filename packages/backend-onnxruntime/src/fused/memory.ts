import { sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import type { Kernel } from '../kernels/kernel';
import { expectShape } from './contract';

/** SteadyView: a tensor over the memory of `x` [N] from element `offset`; x must outlive it. */
export const view: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const offset = attrs.offset as number;
  const shape = attrs.shape as readonly number[];
  const size = sizeOf(shape);
  const most = sizeOf(x.shape);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + size > most) {
    throw new OnnxRuntimeError(
      `SteadyView: received offset ${offset} and shape [${shape}], allowed at most ${most} elements in all.`,
    );
  }
  return backend.viewed(x, offset, shape);
};

/** SteadyCopy, in place: destination := source. */
export const copy: Kernel = ({ inputs, backend }) => {
  const destination = backend.writable(inputs.destination!);
  const source = backend.values(inputs.source!);
  if (destination.length !== source.length) {
    throw new OnnxRuntimeError(
      `SteadyCopy: received ${source.length} elements, allowed ${destination.length}, the size of the destination.`,
    );
  }
  destination.set(source);
  return backend.fresh([0]).info;
};

/** SteadyEmbeddingGrad: rows of dy [M, D] added up by id into [V, D]. */
export const embeddingGrad: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyEmbeddingGrad', call, 'dy', [null, null]);
  const dy = inputs.dy!;
  expectShape('SteadyEmbeddingGrad', call, 'ids', [dy.shape[0]!], 'int32');
  const width = dy.shape[1]!;
  const vocabulary = attrs.vocabulary as number;
  const from = backend.values(dy);
  const ids = backend.values<Int32Array>(inputs.ids!);
  for (const id of ids) {
    if (id >= 0 && id < vocabulary) continue;
    throw new OnnxRuntimeError(`SteadyEmbeddingGrad: received id ${id}, allowed [0, ${vocabulary - 1}].`);
  }
  const { info, values } = backend.fresh([vocabulary, width]);
  const operands = { reads: [from, ids], writes: [values] };
  const done = backend.native(operands, (kernels, at) => {
    kernels.embeddingGrad(at(from), at(ids), ids.length, width, vocabulary, at(values));
  });
  if (done) return info;
  values.fill(0);
  for (let i = 0; i < ids.length; i++) {
    for (let j = 0, to = ids[i]! * width, at = i * width; j < width; j++, to++, at++)
      values[to]! += from[at]!;
  }
  return info;
};
