import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { OnnxRuntimeBackend } from '../backend';
import { distance, floats, type Inputs, integers, type Plain, runKernel } from '../testing';
import { useKernels } from './testing';

afterAll(() => useKernels('wasm'));

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the kernels in WebAssembly give, and what the programs do that stand in for them. */
const bothForms = async (
  name: string,
  inputs: Inputs,
  attrs: object,
): Promise<{ wasm: Plain[]; graph: Plain[] }> => {
  await useKernels('graph');
  const graph = await runKernel(name, inputs, attrs);
  await useKernels('wasm');
  const native = vi.spyOn(OnnxRuntimeBackend.prototype, 'native');
  const wasm = await runKernel(name, inputs, attrs);
  expect(native.mock.results.map(({ value }) => value)).toContain(true);
  native.mockRestore();
  return { wasm, graph };
};

/** Holds the two forms to each other: values, and where they are not finite. */
const expectAlike = async (
  name: string,
  inputs: Inputs,
  attrs: object,
  tolerance = 2e-6,
): Promise<Plain[]> => {
  const { wasm, graph } = await bothForms(name, inputs, attrs);
  expect(wasm).toHaveLength(graph.length);
  for (const [i, plain] of graph.entries()) expect(distance(wasm[i]!, plain)).toBeLessThan(tolerance);
  return wasm;
};

/** What a linear layer saves for its gradient: its output under relu. */
const savedOf = (activation: string, shape: readonly number[]): Plain => {
  const plain = floats(shape, 5);
  return activation === 'relu' ? { ...plain, values: plain.values.map((x) => Math.max(x, 0)) } : plain;
};

/** `plain` with other values at some places. */
const withOdd = (plain: Plain, odd: Readonly<Record<number, number>>): Plain => ({
  ...plain,
  values: plain.values.map((value, i) => odd[i] ?? value),
});

const ODD = { 3: Number.NaN, 17: Number.POSITIVE_INFINITY, 30: Number.NEGATIVE_INFINITY };

describe.each([
  [1, 1, 1],
  [3, 5, 7],
  [5, 0, 6],
  [33, 64, 48],
  [70, 96, 201],
])('SteadyLinear of %i x %i x %i', (rows, inner, columns) => {
  const x = floats([rows, inner], 1);
  const weight = floats([inner, columns], 2);
  const bias = floats([columns], 3);
  const dy = floats([rows, columns], 4);

  it.each(['none', 'relu'])('adds the bias as the program does: %s', async (activation) => {
    await expectAlike('SteadyLinear', { x, weight, bias }, { activation });
  });

  it.each([
    ['none', true],
    ['relu', true],
    ['relu', false],
    ['gelu', true],
    ['gelu', false],
  ])('has its gradients: %s, bias %s', async (activation, withBias) => {
    const saved = savedOf(activation, [rows, columns]);
    const inputs = { dy, x, weight, ...(activation === 'none' ? {} : { saved }) };
    await expectAlike('SteadyLinearGrad', inputs, { activation, bias: withBias });
  });
});

describe('SteadyLinear where something is not finite', () => {
  const x = withOdd(floats([7, 6], 1), ODD);
  const weight = floats([6, 5], 2);
  const bias = withOdd(floats([5], 3), { 1: Number.NaN, 2: Number.NEGATIVE_INFINITY });

  it.each(['none', 'relu'])('is so where the program is: %s', async (activation) => {
    await expectAlike('SteadyLinear', { x, weight, bias }, { activation });
  });

  it.each(['none', 'relu', 'gelu'])('has such gradients: %s', async (activation) => {
    const dy = withOdd(floats([7, 5], 4), ODD);
    const saved = savedOf(activation, [7, 5]);
    const inputs = { dy, x: floats([7, 6]), weight, ...(activation === 'none' ? {} : { saved }) };
    await expectAlike('SteadyLinearGrad', inputs, { activation, bias: true });
    if (activation === 'none') return;
    const odd = withOdd(saved, {
      6: Number.NaN,
      ...(activation === 'relu' ? { 9: Number.POSITIVE_INFINITY } : {}),
    });
    await expectAlike(
      'SteadyLinearGrad',
      { ...inputs, dy: floats([7, 5], 4), saved: odd },
      { activation, bias: true },
    );
  });
});

interface Attention {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
  readonly causal?: boolean;
  readonly mask?: readonly number[];
  readonly rate?: number;
}

const attrsOf = ({ heads, groups, depth, causal, rate }: Attention): object => ({
  heads,
  keyValueHeads: groups,
  scale: 1 / Math.sqrt(depth),
  causal: causal ?? false,
  dropoutRate: rate ?? 0,
  dropoutKey: [123456789, -987654321],
});

const inputsOf = ({ batch, queries, keys, heads, groups, depth, mask }: Attention): Record<string, Plain> => {
  const masks = mask == null ? undefined : floats(mask, 9);
  return {
    query: floats([batch, queries, heads * depth], 1),
    keyValue: floats([batch, keys, 2 * groups * depth], 2),
    ...(masks == null
      ? {}
      : { mask: { ...masks, values: masks.values.map((x, i) => (x > 0.3 && i % keys > 0 ? -1e9 : x)) } }),
  };
};

describe.each<Attention>([
  { batch: 2, queries: 5, keys: 7, heads: 2, groups: 2, depth: 4, rate: 0.3 },
  {
    batch: 3,
    queries: 1,
    keys: 9,
    heads: 2,
    groups: 1,
    depth: 8,
    rate: 0.1,
    causal: true,
    mask: [3, 1, 1, 9],
  },
  {
    batch: 2,
    queries: 6,
    keys: 6,
    heads: 4,
    groups: 2,
    depth: 4,
    rate: 0.2,
    causal: true,
    mask: [2, 4, 6, 6],
  },
  { batch: 2, queries: 7, keys: 3, heads: 2, groups: 2, depth: 4, rate: 0.2, causal: true },
  {
    batch: 2,
    queries: 33,
    keys: 40,
    heads: 2,
    groups: 2,
    depth: 16,
    rate: 0.1,
    causal: true,
    mask: [1, 1, 33, 40],
  },
])('SteadyAttention %j', (c) => {
  it('is the same by kernels', async () => {
    await expectAlike('SteadyAttention', inputsOf(c), attrsOf(c));
  });

  it('is not finite where the program is not', async () => {
    const inputs = inputsOf(c);
    const keyValue = withOdd(inputs.keyValue!, { 2: Number.NaN, 70: Number.POSITIVE_INFINITY });
    await expectAlike('SteadyAttention', { ...inputs, keyValue }, attrsOf(c));
  });

  it.each([c.rate!, 0])('has the same gradients by kernels: rate %f', async (rate) => {
    const attrs = attrsOf({ ...c, rate });
    const inputs = inputsOf(c);
    const [y, saved] = await runKernel('SteadyAttention', inputs, attrs);
    const dy = floats(y!.shape, 3);
    await expectAlike('SteadyAttentionGrad', { dy, ...inputs, y: y!, saved: saved! }, attrs, 5e-6);
  });
});

describe.each<Attention>([
  { batch: 1, queries: 1, keys: 1, heads: 1, groups: 1, depth: 1 },
  { batch: 3, queries: 1, keys: 7, heads: 4, groups: 2, depth: 5, mask: [3, 1, 1, 7] },
  { batch: 2, queries: 1, keys: 8, heads: 4, groups: 1, depth: 12, causal: true, mask: [2, 4, 1, 8] },
  { batch: 2, queries: 1, keys: 30, heads: 2, groups: 2, depth: 64, mask: [1, 1, 1, 30] },
])('SteadyAttention of one query: %j', (c) => {
  it('is the same by a kernel', async () => {
    await expectAlike('SteadyAttention', inputsOf(c), attrsOf(c));
  });

  it('is not finite where the program is not', async () => {
    const inputs = inputsOf(c);
    const keyValue = withOdd(inputs.keyValue!, { 0: Number.NaN, 60: Number.POSITIVE_INFINITY });
    await expectAlike('SteadyAttention', { ...inputs, keyValue }, attrsOf(c));
  });

  it('has the same gradients', async () => {
    const inputs = inputsOf(c);
    const [y, saved] = await runKernel('SteadyAttention', inputs, attrsOf(c));
    expect(saved!.shape).toEqual([c.batch, c.heads, 1, c.keys]);
    const dy = floats(y!.shape, 3);
    await expectAlike('SteadyAttentionGrad', { dy, ...inputs, y: y!, saved: saved! }, attrsOf(c), 5e-6);
  });
});

describe('SteadyAttention that has no kernel', () => {
  it.each([
    ['a mask of one key', { mask: [2, 1, 5, 1], rate: 0.2 }],
    ['a rate that rounds to 1', { rate: 0.999999 }],
    ['one query, a mask of one key', { queries: 1, mask: [2, 1, 1, 1] }],
  ])('is the program: %s', async (_, odd) => {
    const c = { batch: 2, queries: 5, keys: 7, heads: 2, groups: 2, depth: 4, ...odd };
    const native = vi.spyOn(OnnxRuntimeBackend.prototype, 'native');
    await runKernel('SteadyAttention', inputsOf(c), attrsOf(c));
    expect(native).not.toHaveBeenCalled();
  });
});

describe('SteadyDropout and SteadyEmbeddingGrad', () => {
  it.each([1, 9, 5000])('are the same by kernels: %i', async (size) => {
    const dropped = await bothForms('SteadyDropout', { x: floats([size]) }, { rate: 0.3, key: [7, -9] });
    expect(dropped.wasm).toEqual(dropped.graph);
    const inputs = { dy: floats([size, 5], 1), ids: integers([size], 11, 2) };
    const added = await bothForms('SteadyEmbeddingGrad', inputs, { vocabulary: 11 });
    expect(added.wasm).toEqual(added.graph);
  });
});
