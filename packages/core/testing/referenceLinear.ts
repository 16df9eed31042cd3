import { add, f32, type Kernel, type Numbers } from './referenceKernel';

/** x [M, K] y [K, N], either read transposed. */
const product = (
  m: number,
  n: number,
  k: number,
  x: (i: number, k: number) => number,
  y: (k: number, j: number) => number,
): Numbers =>
  f32(m * n, (at) => {
    let sum = 0;
    for (let c = 0; c < k; c++) sum += x(Math.floor(at / n), c) * y(c, at % n);
    return sum;
  });

const GELU = Math.sqrt(2 / Math.PI);
const geluTanh = (z: number): number => Math.tanh(GELU * (z + 0.044715 * z ** 3));

export const linear: Kernel = ({ x, weight, bias }, { activation }) => {
  const [m, k] = x!.shape as [number, number];
  const n = weight!.shape[1]!;
  const plain = product(
    m,
    n,
    k,
    (i, c) => x!.values[i * k + c]!,
    (c, j) => weight!.values[c * n + j]!,
  );
  const sum = plain.map((z, at) => z + (bias?.values[at % n] ?? 0));
  const shape = [m, n];
  if (activation === 'relu') return [{ values: sum.map((z) => Math.max(z, 0)), shape }];
  if (activation === 'none') return [{ values: sum, shape }];
  return [
    { values: sum.map((z) => 0.5 * z * (1 + geluTanh(z))), shape },
    { values: sum, shape },
  ];
};

/** SteadyFixedLinear, on rows of any axes. */
export const fixedLinear: Kernel = ({ x, weight, bias }, { activation, transposed }) => {
  const [rows, k] = [x!.shape.slice(0, -1), x!.shape.at(-1)!];
  const [n, m] = [weight!.shape[transposed ? 0 : 1]!, rows.reduce((size, each) => size * each, 1)];
  const values = transposed
    ? f32(k * n, (at) => weight!.values[(at % n) * k + Math.floor(at / n)]!)
    : weight!.values;
  const inputs = {
    x: { ...x!, shape: [m, k] },
    weight: { values, shape: [k, n] },
    ...(bias ? { bias } : {}),
  };
  return [{ ...linear(inputs, { activation })[0]!, shape: [...rows, n] }];
};

export const linearGrad: Kernel = ({ dy, x, weight, saved, into }, { activation, bias }) => {
  const [m, n] = dy!.shape as [number, number];
  const k = x!.shape[1]!;
  const slope = (at: number): number => {
    if (activation === 'none') return 1;
    const z = saved!.values[at]!;
    if (activation === 'relu') return z > 0 ? 1 : 0;
    const t = geluTanh(z);
    return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * GELU * (1 + 3 * 0.044715 * z * z);
  };
  const dz = dy!.values.map((d, at) => d * slope(at));
  const dBias = new Float32Array(n);
  for (const [at, d] of dz.entries()) add(dBias, at % n, d);
  const dWeight = product(
    k,
    n,
    m,
    (i, c) => x!.values[c * k + i]!,
    (c, j) => dz[c * n + j]!,
  );
  into?.values.set(dWeight);
  return [
    {
      values: product(
        m,
        k,
        n,
        (i, c) => dz[i * n + c]!,
        (c, j) => weight!.values[j * n + c]!,
      ),
      shape: [m, k],
    },
    into ? { values: new Float32Array(0), shape: [0] } : { values: dWeight, shape: [k, n] },
    ...(bias ? [{ values: dBias, shape: [n] }] : []),
  ];
};
