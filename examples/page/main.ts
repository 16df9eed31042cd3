// A small encoder in a page, on the wasm backend. Vite copies the backend's three binaries and knows their URLs.
import { admin, encoder, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';

const show = (id: string, text: string): void => {
  document.getElementById(id)!.textContent = text;
};

const run = async (): Promise<void> => {
  const wasmPaths = {
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  };
  const { message } = await selectBackend('wasm', { wasmPaths });
  show('backend', message);
  const model = encoder({ vocabulary: 100, width: 32, heads: 4, depth: 6, method: admin() });
  const ids = tf.tensor2d([[4, 9, 21, 33, 2]], [1, 5], 'int32');
  const output = model.call(ids);
  show('result', `${model.parameterCount()} parameters, output [${output.shape.join(', ')}]`);
  tf.dispose([ids, output]);
  model.dispose();
};

run().catch((error: unknown) => show('backend', String(error)));
