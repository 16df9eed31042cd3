import type { Node } from './model';
import { type Product, productNode } from './product';

/**
 * Ways to compute one product. Which is fastest depends on shapes and on the machine, so the bound tries all:
 * - fused: ONNX Runtime's product with transposes inside;
 * - gemm: ONNX's Gemm, of two matrices;
 * - left, right: a transposed side is written out the other way round first;
 * - flipped: (b^T a^T)^T.
 *
 * Packing a side beforehand is not among them: both sides change from step to step, so packing is part of the cost.
 */
export const FORMS = ['fused', 'gemm', 'left', 'right', 'flipped'] as const;
export type ProductForm = (typeof FORMS)[number];

const swapped = ({ batch }: Product): readonly number[] => (batch === 1 ? [1, 0] : [0, 2, 1]);

const transpose = (product: Product, input: string, output: string): Node => ({
  operator: 'Transpose',
  domain: '',
  lists: { perm: swapped(product) },
  inputs: [input],
  output,
});

/** The nodes of a form, from `a` and `b` to `y`; undefined where the product has no such form. */
export const formNodes = (product: Product, form: ProductForm): Node[] | undefined => {
  const { batch, transposeA, transposeB } = product;
  const fused = (p: Product, inputs: readonly string[], output: string): Node => ({
    ...productNode(p),
    inputs,
    output,
  });
  switch (form) {
    case 'fused':
      return [fused(product, ['a', 'b'], 'y')];
    case 'gemm': {
      if (batch !== 1) return undefined;
      const integers = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
      return [{ operator: 'Gemm', domain: '', integers, inputs: ['a', 'b'], output: 'y' }];
    }
    case 'left':
      if (!transposeA) return undefined;
      return [transpose(product, 'a', 'l'), fused({ ...product, transposeA: false }, ['l', 'b'], 'y')];
    case 'right':
      if (!transposeB) return undefined;
      return [transpose(product, 'b', 'r'), fused({ ...product, transposeB: false }, ['a', 'r'], 'y')];
    case 'flipped': {
      const turned = { ...product, transposeA: !transposeB, transposeB: !transposeA };
      return [fused(turned, ['b', 'a'], 'f'), transpose(product, 'f', 'y')];
    }
  }
};
