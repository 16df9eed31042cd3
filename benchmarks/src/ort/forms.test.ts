import { describe, expect, it } from 'vitest';
import { BareRuntime } from './bare';
import { FORMS, formNodes } from './forms';
import { type Product, shapesOf } from './product';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const filled = (shape: readonly number[], seed: number): Float32Array =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + i));

describe('forms of a product', () => {
  const runtime = new BareRuntime();

  const multiply = (product: Product, form: (typeof FORMS)[number]): number[] | undefined => {
    const nodes = formNodes(product, form);
    if (nodes === undefined) return undefined;
    const shapes = shapesOf(product);
    const y = new Float32Array(sizeOf(shapes.y));
    const session = runtime.session(nodes, { threads: 1, spinning: false });
    runtime.prepare(
      session,
      { data: filled(shapes.a, 1), shape: shapes.a },
      { data: filled(shapes.b, 2), shape: shapes.b },
      { data: y, shape: shapes.y },
    )();
    return Array.from(y);
  };

  it.each(
    [1, 3].flatMap((batch) =>
      [false, true].flatMap((transposeA) =>
        [false, true].map((transposeB) => ({ batch, transposeA, transposeB })),
      ),
    ),
  )('give the same numbers: %j', (sides) => {
    const product: Product = { ...sides, rows: 8, inner: 12, columns: 16 };
    const expected = multiply(product, 'fused')!;
    const found = FORMS.filter((form) => multiply(product, form) !== undefined);
    for (const form of found) {
      for (const [i, value] of multiply(product, form)!.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    }
    expect(found).toEqual([
      'fused',
      ...(sides.batch === 1 ? ['gemm'] : []),
      ...(sides.transposeA ? ['left'] : []),
      ...(sides.transposeB ? ['right'] : []),
      'flipped',
    ]);
  });
});
