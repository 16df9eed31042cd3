import { operations, type Product, productName } from '../ort/product';

/** What the ops suite measures; all competitors read the same list. */
export type OpCase =
  | {
      readonly kind: 'product';
      readonly product: Product;
      /** Whether operands rotate through so many sets that they have left the cache when their turn comes. */
      readonly cold: boolean;
    }
  | { readonly kind: 'add'; readonly size: number }
  | { readonly kind: 'softmax'; readonly shape: readonly number[] }
  | { readonly kind: 'layerNorm'; readonly rows: number; readonly width: number }
  | {
      readonly kind: 'embedding';
      readonly tokens: number;
      readonly vocabulary: number;
      readonly width: number;
    }
  | { readonly kind: 'adam'; readonly tensors: number; readonly size: number };

export const ONE_ELEMENT = 'add, 1 element';

/** What a case is called in tables and in requests. */
export const opName = (op: OpCase): string => {
  switch (op.kind) {
    case 'product':
      return `${productName(op.product)}${op.cold ? '' : ' (warm)'}`;
    case 'add':
      return op.size === 1 ? ONE_ELEMENT : `add, ${op.size} elements`;
    case 'softmax':
      return `softmax ${op.shape.join('x')}`;
    case 'layerNorm':
      return `layer norm, forward and gradients ${op.rows}x${op.width}`;
    case 'embedding':
      return `embedding, forward and gradient ${op.tokens} of ${op.vocabulary}x${op.width}`;
    case 'adam':
      return `Adam step, ${op.tensors} tensors of ${op.size}`;
  }
};

const product = (
  [rows, inner, columns]: readonly [number, number, number],
  form: 'nn' | 'nt' | 'tn' = 'nn',
  batch = 1,
): Product => ({
  batch,
  rows,
  inner,
  columns,
  transposeA: form === 'tn',
  transposeB: form === 'nt',
});

const cold = (each: Product): OpCase => ({ kind: 'product', product: each, cold: true });
const warm = (each: Product): OpCase => ({ kind: 'product', product: each, cold: false });

/** Shapes of a training step of 1024 tokens at d=256 and d=512, and small ones for the slow. */
export const opCases = (quick: boolean): OpCase[] => {
  const small: OpCase[] = [
    { kind: 'add', size: 1 },
    cold(product([64, 64, 64])),
    cold(product([64, 64, 64], 'nt')),
    cold(product([64, 64, 64], 'tn')),
    cold(product([8, 16, 8], 'nt', 4)),
    { kind: 'softmax', shape: [4, 4, 32, 32] },
    { kind: 'layerNorm', rows: 64, width: 64 },
    { kind: 'embedding', tokens: 32, vocabulary: 50, width: 16 },
    { kind: 'adam', tensors: 4, size: 4096 },
  ];
  if (quick) return small;
  const inner = [1024, 256, 1024] as const;
  return [
    ...small,
    { kind: 'add', size: 65536 },
    { kind: 'add', size: 1 << 20 },
    cold(product([1024, 256, 256])),
    ...[cold, warm].flatMap((how) => [
      how(product(inner)),
      how(product([1024, 1024, 256], 'nt')),
      how(product([256, 1024, 1024], 'tn')),
    ]),
    cold(product([1024, 256, 8000], 'nt')),
    cold(product([1024, 512, 2048])),
    cold(product([1024, 2048, 512], 'nt')),
    cold(product([512, 1024, 2048], 'tn')),
    cold(product([32, 64, 32], 'nt', 128)),
    cold(product([32, 32, 64], 'nn', 128)),
    cold(product([32, 32, 64], 'tn', 128)),
    { kind: 'softmax', shape: [32, 4, 32, 32] },
    { kind: 'softmax', shape: [1024, 8000] },
    { kind: 'layerNorm', rows: 1024, width: 256 },
    { kind: 'layerNorm', rows: 1024, width: 512 },
    { kind: 'embedding', tokens: 1024, vocabulary: 8000, width: 256 },
    { kind: 'adam', tensors: 64, size: 65536 },
  ];
};

/** A rough count of scalar operations, to keep slow competitors away from what would take them minutes. */
export const roughWork = (op: OpCase): number => {
  switch (op.kind) {
    case 'product':
      return operations(op.product);
    case 'add':
      return op.size;
    case 'softmax':
      return 5 * op.shape.reduce((size, n) => size * n, 1);
    case 'layerNorm':
      return 20 * op.rows * op.width;
    case 'embedding':
      // tfjs's cpu kernel goes through all rows once for every row of the table.
      return op.tokens * op.vocabulary * op.width;
    case 'adam':
      return 12 * op.tensors * op.size;
  }
};
