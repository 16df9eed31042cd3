import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onBothKernels } from '../fused/testing';
import { distance, floats, type Inputs, onBackend, onCpu, type Plain, runKernel } from '../testing';

/** cblas_sgemm in JavaScript takes the place of a library; what it was asked for is noted. */
const mock = vi.hoisted(() => ({
  takes: (_form: string, _threads: number): boolean => true,
  calls: [] as string[],
}));
vi.mock('./choose', async () => {
  const { plainBlas, plainSgemm } = await import('./testing');
  const sgemm = (...args: unknown[]): void => {
    const form = [args[1], args[2]].map((each) => (each === 112 ? 'T' : 'N')).join('');
    mock.calls.push(`${form} ${args[3]}x${args[5]}x${args[4]}`);
    plainSgemm(...args);
  };
  const choice = {
    blas: plainBlas({ sgemm }),
    ratios: new Map(),
    takes: (form: string, threads: number) => mock.takes(form, threads),
    passedOver: [],
  };
  return { chooseBlas: () => choice, meansOf: () => ({}) };
});

beforeEach(() => {
  mock.calls.length = 0;
});
afterEach(() => {
  mock.takes = () => true;
});

const near = (received: readonly Plain[], expected: readonly Plain[], tolerance = 2e-6): void => {
  expect(received).toHaveLength(expected.length);
  for (const [i, plain] of expected.entries()) expect(distance(received[i]!, plain)).toBeLessThan(tolerance);
};

/** What the same kernel gives by ONNX Runtime's products. */
const withoutBlas = async (name: string, inputs: Inputs, attrs: object): Promise<Plain[]> => {
  mock.takes = () => false;
  const out = await runKernel(name, inputs, attrs);
  mock.takes = () => true;
  expect(mock.calls).toEqual([]);
  return out;
};

type Ops = (t: Record<string, tf.Tensor>) => tf.Tensor[];

describe('matMul by a BLAS', () => {
  const ours = (inputs: Inputs, f: Ops): Promise<Plain[]> => onBackend('onnxruntime', inputs, f);

  it.each([
    [false, false, [9, 33], [33, 17], 'NN 9x33x17'],
    [false, true, [9, 33], [17, 33], 'NT 9x33x17'],
    [true, false, [33, 9], [33, 17], 'TN 9x33x17'],
    [true, true, [33, 9], [17, 33], 'TT 9x33x17'],
    [false, false, [3, 5, 33], [1, 33, 17], 'NN 15x33x17'],
    [false, true, [1, 9, 33], [1, 17, 33], 'NT 9x33x17'],
  ])('reads sides as they lie: %s, %s, %o by %o', async (transposeA, transposeB, a, b, call) => {
    const inputs = { a: floats(a, 1), b: floats(b, 2) };
    const f: Ops = (t) => [tf.matMul(t.a!, t.b!, transposeA, transposeB)];
    near(await ours(inputs, f), await onCpu(inputs, f));
    expect(mock.calls).toEqual([call]);
  });

  it('leaves stacks, whole numbers, and what is empty or tiny to others', async () => {
    const inputs = { a: floats([4, 9, 16], 1), b: floats([4, 16, 9], 2) };
    const f: Ops = (t) => [tf.matMul(t.a!, t.b!)];
    near(await ours(inputs, f), await onCpu(inputs, f));
    const empty: Ops = () => [
      tf.matMul(tf.zeros([300, 0]), tf.zeros([0, 300])),
      tf.matMul(tf.zeros([0, 300]), tf.zeros([300, 5])),
      tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])),
      tf.matMul(tf.ones([20, 20], 'int32'), tf.ones([20, 20], 'int32')),
    ];
    const received = await ours({}, empty);
    near(received, await onCpu({}, empty));
    expect(received[0]!.values.every((value) => value === 0)).toBe(true);
    expect(mock.calls).toEqual([]);
  });

  it('asks for each form and number of threads', async () => {
    const asked: string[] = [];
    mock.takes = (form, threads) => {
      asked.push(`${form} ${threads > 1}`);
      return false;
    };
    const inputs = { a: floats([20, 30], 1), b: floats([30, 20], 2) };
    await ours(inputs, (t) => [tf.matMul(t.a!, t.b!), tf.matMul(t.a!, t.b!, true, true)]);
    await ours({}, () => [tf.matMul(tf.ones([512, 128]), tf.ones([128, 512]))]);
    const many = (tf.backend() as unknown as { options: { threads: number } }).options.threads > 1;
    expect(asked).toEqual(['NN false', 'TT false', `NN ${many}`]);
    expect(mock.calls).toEqual([]);
  });

  it.each(['linear', 'relu', 'sigmoid'] as const)('goes on with bias and %s', async (activation) => {
    for (const bias of [undefined, [17], [1], [9, 1], [9, 17], [2, 9, 17]]) {
      mock.calls.length = 0;
      const inputs = {
        a: floats([9, 33], 1),
        b: floats([33, 17], 2),
        ...(bias ? { bias: floats(bias, 3) } : {}),
      };
      const f: Ops = (t) => {
        const out = tf.add(tf.matMul(t.a!, t.b!), t.bias ?? 0);
        return [activation === 'relu' ? tf.relu(out) : activation === 'sigmoid' ? tf.sigmoid(out) : out];
      };
      const expected = await onCpu(inputs, f);
      const attrs = { transposeA: false, transposeB: false, activation };
      near(await runKernel('_FusedMatMul', inputs, attrs), expected);
      expect(mock.calls).toEqual(['NN 9x33x17']);
    }
  });
});

onBothKernels(() => {
  describe.each(['none', 'relu', 'gelu'])('a linear layer by a BLAS, activation %s', (activation) => {
    const [rows, inner, columns] = [21, 40, 27];
    const x = floats([rows, inner], 1);
    const weight = floats([inner, columns], 2);

    it.each([true, false])('is as by ONNX Runtime, bias %s', async (withBias) => {
      const inputs = { x, weight, ...(withBias ? { bias: floats([columns], 3) } : {}) };
      const expected = await withoutBlas('SteadyLinear', inputs, { activation });
      near(await runKernel('SteadyLinear', inputs, { activation }), expected);
      expect(mock.calls).toEqual(['NN 21x40x27']);
    });

    it.each([true, false])('has its gradients, bias %s', async (bias) => {
      const saved = floats([rows, columns], 5);
      const inputs = {
        dy: floats([rows, columns], 4),
        x,
        weight,
        ...(activation === 'none' ? {} : { saved }),
      };
      const expected = await withoutBlas('SteadyLinearGrad', inputs, { activation, bias });
      near(await runKernel('SteadyLinearGrad', inputs, { activation, bias }), expected);
      expect(mock.calls).toEqual(['NT 21x27x40', 'TN 40x21x27']);
      // One of the two by each.
      mock.calls.length = 0;
      mock.takes = (form) => form === 'TN';
      near(await runKernel('SteadyLinearGrad', inputs, { activation, bias }), expected);
      expect(mock.calls).toEqual(['TN 40x21x27']);
    });

    it("writes its weights' gradient into memory of the caller", () => {
      const saved = activation === 'none' ? {} : { saved: floats([rows, columns], 5) };
      const plains: Inputs = { dy: floats([rows, columns], 4), x, weight, ...saved };
      tf.tidy(() => {
        const tensors = Object.fromEntries(
          Object.entries(plains).map(([name, { values, shape }]) => [name, tf.tensor(values, [...shape])]),
        );
        const gradients = (inputs: Record<string, tf.Tensor>): number[][] =>
          (
            tf
              .engine()
              .runKernel('SteadyLinearGrad', inputs, { activation, bias: false }) as unknown as tf.Tensor[]
          ) //
            .map((each) => Array.from(each.dataSync()));
        const [dx, dWeight] = gradients(tensors);
        const into = tf.zeros([inner, columns]);
        expect(gradients({ ...tensors, into })).toEqual([dx, []]);
        expect(Array.from(into.dataSync())).toEqual(dWeight);
        expect(mock.calls).toEqual(Array(2).fill(['NT 21x27x40', 'TN 40x21x27']).flat());
      });
    });

    it('is zeros or the bias where there are no features', async () => {
      const bias = floats([columns], 3);
      const inputs = { x: floats([rows, 0]), weight: floats([0, columns]), bias };
      const [y] = await runKernel('SteadyLinear', inputs, { activation: 'none' });
      expect(y!.values.slice(0, columns)).toEqual(bias.values.map(Math.fround));
      const [dx, dWeight] = await runKernel(
        'SteadyLinearGrad',
        { dy: floats([rows, columns]), x: floats([rows, 0]), weight: floats([0, columns]) },
        { activation: 'none', bias: true },
      );
      expect([dx!.shape, dWeight!.shape]).toEqual([
        [rows, 0],
        [0, columns],
      ]);
    });
  });
});
