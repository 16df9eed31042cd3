import { type BackendCandidate, backendCandidates, entryOf } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** What came of trying a backend. */
export interface Trial {
  readonly works: boolean;
  /** Why not. */
  readonly reason?: string;
  /** One product of two square matrices, the fastest of several: others may keep the machine busy. */
  readonly milliseconds?: number;
  /** The native library that computed: its version where the backend says it, and its file. */
  readonly library?: { readonly version?: string; readonly file?: string };
  /** Who multiplies beside that library, where it can be another. */
  readonly products?: Products;
}

/** Who multiplies matrices. */
export interface Products {
  readonly name: string;
  readonly file?: string;
  /** How many times as fast as the backend's own library, by which sides are transposed. */
  readonly ratios?: readonly number[];
  /** Libraries that are there and are not used. */
  readonly passedOver: readonly { readonly file: string; readonly reason: string }[];
  /** What would bring a faster one. */
  readonly advice?: string;
}

/** Rows and columns of the matrices whose product is timed. */
export const SIZE = 512;
/** Products that are timed, as far as there is time. */
const TIMES = 20;
const BUDGET_MS = 500;
/** float32 sums of 96 products. */
const TOLERANCE = 1e-4;

/** Loads a backend, multiplies on it and checks every value. Never throws; what crashes takes the process with it. */
export const tryBackend = async (name: string): Promise<Trial> => {
  const candidates = backendCandidates().map((each) => [each.name, each] as const);
  try {
    await start(entryOf(Object.fromEntries(candidates), name, 'backend'));
    await checkProduct();
    const milliseconds = await timeProduct();
    return { works: true, milliseconds, ...(await libraryOf(name)) };
  } catch (error) {
    return { works: false, reason: oneLineOf(error) };
  }
};

const oneLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().replaceAll(/\s*\n\s*/g, ' ');

/** tfjs says on the console why a backend cannot start, and nowhere else. */
const start = async ({ name, load, remedy }: BackendCandidate): Promise<void> => {
  const said: string[] = [];
  const { warn } = console;
  console.warn = (...words) => said.push(words.map((word) => oneLineOf(word)).join(' '));
  try {
    await load();
    if (await tf.setBackend(name)) return await tf.ready();
  } finally {
    console.warn = warn;
  }
  throw new Error([`tfjs could not start '${name}'`, remedy, ...said].filter(Boolean).join('; '));
};

/** Values in quarters, so that they are exact in float32. */
const entries = (rows: number, columns: number, step: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => (((i * step) % 23) - 11) / 4);

/** [128, 96] x [96, 64] against sums in double precision. */
const checkProduct = async (): Promise<void> => {
  const [rows, inner, columns] = [128, 96, 64];
  const [a, b] = [entries(rows, inner, 7), entries(inner, columns, 5)];
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])));
  const found = await product.data();
  product.dispose();
  let [largest, worst] = [0, 0];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[i * inner + k]! * b[k * columns + j]!;
      largest = Math.max(largest, Math.abs(sum));
      // Of a NaN, the greatest is NaN.
      worst = Math.max(worst, Math.abs(found[i * columns + j]! - sum));
    }
  }
  if (worst <= TOLERANCE * largest) return;
  throw new Error(`it computes wrongly: a product of two matrices is off by ${worst} of ${largest}`);
};

const timeProduct = async (): Promise<number> => {
  const [a, b] = [1, 2].map((step) => tf.tensor2d(entries(SIZE, SIZE, step), [SIZE, SIZE])) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const once = async (): Promise<number> => {
    const started = performance.now();
    const product = tf.matMul(a, b);
    await product.data();
    product.dispose();
    return performance.now() - started;
  };
  const end = performance.now() + BUDGET_MS;
  // The first, when programs are built, counts only where there is no time for another.
  const first = await once();
  let fastest = performance.now() < end ? Number.POSITIVE_INFINITY : first;
  for (let i = 0; i < TIMES && performance.now() < end; i++) fastest = Math.min(fastest, await once());
  tf.dispose([a, b]);
  return fastest;
};

const LIBRARIES: Readonly<Record<string, RegExp>> = {
  onnxruntime: /[/\\](lib)?onnxruntime[^/\\]*$/,
  tensorflow: /[/\\]libtensorflow(?!_framework)[^/\\]*$/,
};

/** The library that this process has loaded for a backend. */
const libraryOf = async (name: string): Promise<Pick<Trial, 'library' | 'products'>> => {
  if (!Object.hasOwn(LIBRARIES, name)) return {};
  const { sharedObjects = [] } = process.report.getReport() as { readonly sharedObjects?: readonly string[] };
  const file = sharedObjects.find((each) => LIBRARIES[name]!.test(each));
  const place = file === undefined ? {} : { file };
  if (name !== 'onnxruntime') return { library: place };
  const { products, runtimeVersion } = await import('@steadyformer/backend-onnxruntime');
  return { library: { version: runtimeVersion(), ...place }, products: products() };
};
