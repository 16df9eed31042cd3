import * as tf from '@tensorflow/tfjs';

/**
 * Gives the wasm backend the one kernel that training an embedding needs and it lacks: rows of x added up by
 * segment. Without it tf.gather has no gradient there.
 */
export const supplySegmentSum = (): void => {
  if (tf.getKernel('UnsortedSegmentSum', 'wasm') !== undefined) return;
  tf.registerKernel({
    kernelName: 'UnsortedSegmentSum',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      const memory = backend as tf.KernelBackend;
      const rows = memory.readSync(x.dataId) as Float32Array;
      const ids = memory.readSync(segmentIds.dataId) as Int32Array;
      const width = rows.length / ids.length;
      const out = new Float32Array(numSegments * width);
      for (const [row, id] of ids.entries()) {
        for (let j = 0; j < width; j++) out[id * width + j] = out[id * width + j]! + rows[row * width + j]!;
      }
      return tf.tensor(out, [numSegments, ...x.shape.slice(segmentIds.shape.length)]);
    },
  });
};
