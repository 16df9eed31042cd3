import { OnnxRuntimeError } from '../errors';
import { transposedForm, transposedProduct } from '../kernels/transposedProduct';
import { Graph } from '../onnx/graph';
import { FLOAT, type Operand, type Runtime } from '../ort/runtime';
import type { Blas } from './library';
import { type Form, multiply, type Product } from './product';

/** How many times as fast as ONNX Runtime a BLAS is, by form. */
export type Ratios = Readonly<Record<Form, number>>;

interface Case {
  readonly form: Form;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** A linear layer's product on so many rows, and those of its gradients. */
const casesOf = (rows: number, inner: number, columns: number): readonly Case[] => [
  { form: 'NN', m: rows, n: columns, k: inner },
  { form: 'NT', m: rows, n: inner, k: columns },
  { form: 'TN', m: inner, n: columns, k: rows },
];
/**
 * Rounds that are timed after one that is not. The fastest of each counts: others may keep the machine busy, so many
 * short products tell more than few long ones.
 */
const ROUNDS = 16;
/** Of the largest entry; sums of a thousand products in whatever order. */
const TOLERANCE = 1e-4;

const random = (size: number, seed: number): Float32Array => {
  const values = new Float32Array(new ArrayBuffer(4 * size));
  for (let i = 0, state = seed; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 31 - 1;
  }
  return values;
};

const program = (form: Form, aShape: readonly number[], bShape: readonly number[]): Graph => {
  const g = new Graph();
  const [a, b] = [g.input(), g.input()];
  const product =
    form === 'TN'
      ? transposedProduct(g, a, b, transposedForm(aShape, bShape))
      : g.matMul(a, b, { transposeB: form === 'NT' });
  g.output(product);
  return g;
};

const compare = (blas: Blas, { form, m, n, k, c }: Product, expected: Float32Array): void => {
  let [largest, worst] = [0, 0];
  for (let i = 0; i < c.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    // Of a NaN, the greatest is NaN.
    worst = Math.max(worst, Math.abs(c[i]! - expected[i]!));
  }
  if (worst <= TOLERANCE * largest) return;
  throw new OnnxRuntimeError(
    `The BLAS library '${blas.path}' computes wrongly (${m} x ${k} by ${k} x ${n}, ${form}, differs from ONNX Runtime's by ${worst} of ${largest}). Install another build, or set STEADYFORMER_BLAS=none.`,
  );
};

/**
 * Times a BLAS beside ONNX Runtime, turn by turn, and compares their products. Some tens of milliseconds.
 *
 * @param busy whether others keep the cores busy: several threads would then time the scheduler, so one stands for them
 * @throws OnnxRuntimeError where a product differs
 */
export const probe = (
  blas: Blas,
  runtime: Runtime,
  threads: number,
  busy: boolean,
  now: () => number = () => performance.now(),
): Ratios => {
  const ratios: Partial<Record<Form, number>> = {};
  const timed = (run: () => void): number => {
    const started = now();
    run();
    return now() - started;
  };
  const used = busy ? 1 : threads;
  const cases = used > 1 ? casesOf(512, 256, 1024) : casesOf(256, 256, 512);
  for (const { form, m, n, k } of cases) {
    const [a, b] = [random(m * k, 1), random(k * n, 2)];
    const product: Product = { form, m, n, k, a, b, c: random(m * n, 3) };
    const aShape = form === 'TN' ? [k, m] : [m, k];
    const bShape = form === 'NT' ? [n, k] : [k, n];
    const out: Operand = { data: random(m * n, 4), shape: [m, n], type: FLOAT };
    const session = runtime.createSession(program(form, aShape, bShape).model(), { threads: used });
    try {
      const inputs = [
        { data: a, shape: aShape, type: FLOAT },
        { data: b, shape: bShape, type: FLOAT },
      ] as const;
      const ours = (): void => multiply(blas, product);
      const theirs = (): void => runtime.run(session, inputs, [out]);
      blas.useThreads(threads);
      for (const each of [ours, theirs]) each();
      compare(blas, product, out.data as Float32Array);
      blas.useThreads(used);
      let [fastest, other] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (let round = 0; round < ROUNDS; round++) {
        fastest = Math.min(fastest, timed(ours));
        other = Math.min(other, timed(theirs));
      }
      ratios[form] = other / Math.max(fastest, 1e-6);
    } finally {
      runtime.releaseSession(session);
    }
  }
  const { NN = 0, NT = 0, TN = 0 } = ratios;
  // Both sides transposed is rare, and never faster than the slowest of the others.
  return { NN, NT, TN, TT: Math.min(NN, NT, TN) };
};
