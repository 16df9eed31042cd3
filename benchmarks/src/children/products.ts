// The matrix products of a training step, run bare on ONNX Runtime: the bound of what a step can reach with them.
// Argument: JSON of ProductsOptions.
import { readFileSync } from 'node:fs';
import { type BareCall, BareRuntime } from '../ort/bare';
import { FORMS, formNodes, type ProductForm } from '../ort/forms';
import { operations, type Product, productName, shapesOf } from '../ort/product';
import type { CountedProduct } from './kernelTimes';
import { coldSets, filled } from './rotation';
import { serve } from './serve';

export interface ProductsOptions {
  /** A JSON file with a list of CountedProduct. */
  readonly products: string;
  readonly threads: number;
  readonly spinning: boolean;
}

/** What one kind of product took. */
export interface ProductTime {
  readonly name: string;
  readonly count: number;
  readonly operations: number;
  /** The fastest way here. */
  readonly form: ProductForm;
  /** Of all `count` together, by step. */
  readonly seconds: number[];
}

const options = JSON.parse(process.argv[2]!) as ProductsOptions;
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Turns in which a form is tried; the best counts, as other programs only ever slow one down. */
const TRIALS = 4;
/** Least time of a turn, so that small products are not judged by the clock. */
const TURN_SECONDS = 2e-3;

/** Seconds a call. */
const trial = (calls: readonly BareCall[]): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TRIALS; turn++) {
    const from = performance.now();
    let done = 0;
    let passed = 0;
    do {
      for (const call of calls) call();
      done += calls.length;
      passed = (performance.now() - from) / 1000;
    } while (passed < TURN_SECONDS);
    best = Math.min(best, passed / done);
  }
  return best;
};

await serve(async () => {
  const runtime = new BareRuntime();
  const counted = JSON.parse(readFileSync(options.products, 'utf8')) as CountedProduct[];
  const sessions = new Map<string, bigint>();
  const sessionOf = (product: Product, form: ProductForm): bigint | undefined => {
    const nodes = formNodes(product, form);
    if (nodes === undefined) return undefined;
    const key = JSON.stringify(nodes);
    const session = sessions.get(key) ?? runtime.session(nodes, options);
    sessions.set(key, session);
    return session;
  };
  // All kinds share memory, as a step's tensors do; operands are read only, results written elsewhere.
  const largest = (pick: (p: Product) => number): number => Math.max(...counted.map(pick));
  const sizes = (p: Product) => {
    const { a, b, y } = shapesOf(p);
    return { a: sizeOf(a), b: sizeOf(b), y: sizeOf(y) };
  };
  const padded = (size: number): number => Math.ceil(size / 16) * 16;
  const inputs = filled(
    Math.max((64 * 2 ** 20) / 2, 2 * largest((p) => padded(sizes(p).a) + padded(sizes(p).b))),
    1,
  );
  const results = filled(Math.max((32 * 2 ** 20) / 2, 2 * largest((p) => padded(sizes(p).y))), 2);
  const cursor = (memory: Float32Array) => {
    let at = 0;
    return (shape: readonly number[]) => {
      const size = sizeOf(shape);
      if (at + size > memory.length) at = 0;
      const data = memory.subarray(at, at + size);
      at += padded(size);
      return { data, shape };
    };
  };
  const nextInput = cursor(inputs);
  const nextResult = cursor(results);
  const kinds = counted.map((product) => {
    const { a, b, y } = shapesOf(product);
    const bytes = 4 * (sizeOf(a) + sizeOf(b) + sizeOf(y));
    const sets = Math.max(1, Math.min(product.count, coldSets(bytes)));
    const ways = FORMS.flatMap((form) => {
      const session = sessionOf(product, form);
      if (session === undefined) return [];
      const calls = Array.from({ length: sets }, () =>
        runtime.prepare(session, nextInput(a), nextInput(b), nextResult(y)),
      );
      return [{ form, calls, seconds: trial(calls) }];
    });
    const { form, calls } = ways.reduce((best, way) => (way.seconds < best.seconds ? way : best));
    const time: ProductTime = {
      name: productName(product),
      count: product.count,
      operations: product.count * operations(product),
      form,
      seconds: [],
    };
    return { product, calls, time };
  });

  const step = (): void => {
    for (const { product, calls, time } of kinds) {
      const from = performance.now();
      for (let i = 0; i < product.count; i++) calls[i % calls.length]!();
      time.seconds.push((performance.now() - from) / 1000);
    }
  };
  return {
    versions: { 'onnxruntime (bare)': runtime.version },
    cases: { step: () => ({ step }) },
    facts: () => ({ products: kinds.map(({ time }) => time) }),
  };
});
