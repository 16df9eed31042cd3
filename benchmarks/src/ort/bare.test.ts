import { describe, expect, it } from 'vitest';
import { BareRuntime } from './bare';
import { operations, type Product, productName, productNode, productOf, shapesOf } from './product';

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The definition, index by index. */
const slow = (a: Float32Array, b: Float32Array, p: Product): number[] => {
  const out: number[] = [];
  for (let s = 0; s < p.batch; s++) {
    for (let i = 0; i < p.rows; i++) {
      for (let j = 0; j < p.columns; j++) {
        let sum = 0;
        for (let k = 0; k < p.inner; k++) {
          const left = p.transposeA ? k * p.rows + i : i * p.inner + k;
          const right = p.transposeB ? j * p.inner + k : k * p.columns + j;
          sum += a[s * p.rows * p.inner + left]! * b[s * p.inner * p.columns + right]!;
        }
        out.push(sum);
      }
    }
  }
  return out;
};

describe('BareRuntime', () => {
  const runtime = new BareRuntime();

  it.each([
    { batch: 1, transposeA: false, transposeB: false },
    { batch: 1, transposeA: true, transposeB: false },
    { batch: 1, transposeA: false, transposeB: true },
    { batch: 3, transposeA: false, transposeB: true },
    { batch: 3, transposeA: true, transposeB: false },
  ])('multiplies %j', (form) => {
    const product: Product = { ...form, rows: 3, inner: 5, columns: 4 };
    const shapes = shapesOf(product);
    const filled = (shape: readonly number[], seed: number) =>
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + i));
    const [a, b] = [filled(shapes.a, 1), filled(shapes.b, 2)];
    const y = new Float32Array(sizeOf(shapes.y));
    const session = runtime.session(productNode(product), { threads: 1, spinning: false });
    runtime.prepare(
      session,
      { data: a, shape: shapes.a },
      { data: b, shape: shapes.b },
      { data: y, shape: shapes.y },
    )();
    const expected = slow(a, b, product);
    expect(y.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(y[i]).toBeCloseTo(value, 5);
  });

  it('throws what ONNX Runtime says', () => {
    const wrong = { data: new Float32Array(32), shape: [4, 8] };
    const node = productNode({
      batch: 1,
      rows: 4,
      inner: 8,
      columns: 8,
      transposeA: false,
      transposeB: false,
    });
    const session = runtime.session(node, { threads: 1, spinning: false });
    expect(() => runtime.prepare(session, wrong, wrong, wrong)()).toThrow(/ONNX Runtime: .*dimension/i);
  });
});

describe('products', () => {
  const product = productOf([256, 1024], [256, 512], true, false);

  it('are read off the shapes of a kernel call', () => {
    expect(product).toEqual({
      batch: 1,
      rows: 1024,
      inner: 256,
      columns: 512,
      transposeA: true,
      transposeB: false,
    });
    expect(productOf([2, 3, 8, 4], [2, 3, 8, 4], false, true)).toMatchObject({
      batch: 6,
      rows: 8,
      columns: 8,
    });
  });

  it('have names and costs', () => {
    expect(productName(product)).toBe("a' b 1024x256x512");
    expect(productName({ ...product, batch: 6, transposeA: false, transposeB: true })).toBe(
      "a b' 6 x 1024x256x512",
    );
    expect(operations(product)).toBe(2 * 1024 * 256 * 512);
  });
});
