/**
 * `import '@steadyformer/backend-onnxruntime'` registers the TensorFlow.js backend `'onnxruntime'`: ONNX Runtime in Node.
 *
 * Shapes in comments: `B` sentences of a batch, `T` tokens of a sentence (`Tq` of queries, `Tk` of keys), `D` features of
 * the stream, `H` heads, `G` heads of keys and values, `R` = H / G, `Dh` features of a head, `V` tokens of a vocabulary,
 * `M` rows, `K` features in, `N` features out, `P` numbers of all parameters.
 *
 * @packageDocumentation
 */

import * as tf from '@tensorflow/tfjs';
import { OnnxRuntimeBackend } from './backend';
import { type BlasChoice, chooseBlas, meansOf } from './blas/choose';
import { type ProductLibrary, productLibrary } from './blas/report';
import { messageOf, OnnxRuntimeError } from './errors';
import { type Options, type ResolvedOptions, resolveOptions } from './options';
import { type Ffi, loadFfi } from './ort/ffi';
import { locateLibrary } from './ort/locate';
import { Runtime } from './ort/runtime';
import { selfTest } from './ort/selfTest';
import { loadLibrary } from './ort/table';
import { sharedLedger, whenThisThreadEnds, whenThreadsEnd } from './ort/threads';
import { BACKEND_NAME, registerKernels } from './register';
import { SessionCache } from './sessions';

export type { PassedOver } from './blas/choose';
export type { ProductLibrary } from './blas/report';
export { OnnxRuntimeError } from './errors';
export type { Options } from './options';

/** Whether the backend can be used, and if not, why and what to do. */
export interface Availability {
  readonly available: boolean;
  readonly reason?: string;
}

/** The priority with tfjs: above tensorflow's 3, so that importing the package is choosing it. */
const PRIORITY = 4;

/** The library, once it runs: it and its sessions outlive any one backend object. */
interface Engine {
  readonly runtime: Runtime;
  readonly sessions: SessionCache;
  readonly koffi: Ffi;
}

/** Who multiplies, and the options that it was chosen by. */
interface Products {
  readonly blas: string;
  readonly threads: number;
  readonly products: BlasChoice;
}

const state: { options: Options; engine?: Engine; products?: Products; failure?: OnnxRuntimeError } = {
  options: {},
};

/** Threads started from here share the ledger, so that what they leave behind can be released. */
const ledger = sharedLedger();
/** Threads that ended before the library was needed in this one. */
const ended: number[] = [];

whenThreadsEnd((thread) => {
  if (state.engine == null) ended.push(thread);
  else state.engine.sessions.releaseThread(thread);
});
whenThisThreadEnds(() => state.engine?.sessions.clear());

const makeEngine = ({ libraryPath, threads }: ResolvedOptions): Engine => {
  const koffi = loadFfi();
  const library = loadLibrary(koffi, locateLibrary(libraryPath));
  const runtime = new Runtime(library, (memory) => koffi.address(memory), threads);
  selfTest(runtime, threads);
  const sessions = new SessionCache(runtime, ledger);
  for (const thread of ended.splice(0)) sessions.releaseThread(thread);
  return { koffi, runtime, sessions };
};

const start = (options: ResolvedOptions): Engine & Products => {
  if (state.failure != null) throw state.failure;
  const { blas, threads } = options;
  try {
    state.engine ??= makeEngine(options);
    const { koffi, runtime } = state.engine;
    if (state.products?.blas !== blas || state.products.threads !== threads) {
      const products = chooseBlas(blas, threads, meansOf(koffi, runtime, threads));
      state.products = { blas, threads, products };
    }
    return { ...state.engine, ...state.products };
  } catch (thrown) {
    state.failure = new OnnxRuntimeError(`The backend 'onnxruntime' is not available: ${messageOf(thrown)}`);
    throw state.failure;
  }
};

/**
 * Sets options. Call it before the backend is first used.
 *
 * @throws OnnxRuntimeError on unknown options or values out of range, or where the backend is already running.
 */
export const configure = (options: Options): void => {
  resolveOptions(options);
  if (BACKEND_NAME in tf.engine().registry) {
    throw new OnnxRuntimeError(
      "configure: the backend is already running. Call configure right after importing, before any tensor, or call tf.removeBackend('onnxruntime') and import again in a new process.",
    );
  }
  state.options = options;
  delete state.failure;
};

/** Whether the native library can be found, loaded and computes rightly. Never throws. */
export const availability = (): Availability => {
  try {
    start(resolveOptions(state.options));
    return { available: true };
  } catch (thrown) {
    return { available: false, reason: messageOf(thrown) };
  }
};

/** Version of the ONNX Runtime library in use, e.g. `1.30.0`. */
export const runtimeVersion = (): string => start(resolveOptions(state.options)).runtime.library.version;

/** Which library multiplies matrices, and how it compares to ONNX Runtime. */
export const products = (): ProductLibrary => {
  const options = resolveOptions(state.options);
  return productLibrary(start(options).products, options.blas, options.threads);
};

registerKernels();
tf.registerBackend(
  BACKEND_NAME,
  () => {
    const options = resolveOptions(state.options);
    const { runtime, sessions, products } = start(options);
    return new OnnxRuntimeBackend(runtime, sessions, options, products);
  },
  PRIORITY,
);
