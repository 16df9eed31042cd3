import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { checkBelow } from '../ops/embedding';
import { matMulTransposeA, sumRows } from '../ops/products';
import { type Capabilities, can, valuesAtHand } from './capabilities';
import { selectBackend } from './select';

const NAMES: readonly (keyof Capabilities)[] = [
  'hostMemory',
  'adoptsMemory',
  'transposedProducts',
  'firstAxisSums',
];
const all = (): boolean[] => NAMES.map((name) => can(name));

/** tfjs's cpu backend under another name, as a backend of a user's own that states something or nothing. */
const own = async (stated: object): Promise<tf.KernelBackend> => {
  const cpu = tf.findBackendFactory('cpu')!() as tf.KernelBackend;
  tf.registerBackend('mine', () => Object.assign(cpu, stated));
  tf.copyRegisteredKernels('cpu', 'mine');
  await tf.setBackend('mine');
  return cpu;
};

// The cpu backend greets at its first write, except in tests of tfjs itself.
beforeAll(() => tf.env().set('IS_TEST', true));
afterAll(() => tf.env().set('IS_TEST', false));
afterEach(async () => {
  await tf.setBackend('cpu');
  if (tf.findBackendFactory('mine') === null) return;
  for (const { kernelName } of tf.getKernelsForBackend('mine')) tf.unregisterKernel(kernelName, 'mine');
  tf.removeBackend('mine');
});

describe('what a backend can', () => {
  it("is known of tfjs's own", async () => {
    await selectBackend('cpu');
    expect(all()).toEqual([true, true, true, true]);
    await selectBackend('wasm');
    expect(all()).toEqual([true, false, false, false]);
  });

  it('is nothing special where it is not stated, whatever the backend derives from', async () => {
    await own({});
    expect(all()).toEqual([false, false, true, true]);
  });

  it('is what it states, one by one', async () => {
    await own({ steadyCapabilities: { hostMemory: true, transposedProducts: false } });
    expect(all()).toEqual([true, false, false, true]);
  });

  it('decides what ids are looked at: of a backend that says nothing none are read back', async () => {
    const backend = await own({});
    const ids = tf.tensor2d([0, 7], [1, 2], 'int32');
    let reads = 0;
    const readSync = backend.readSync.bind(backend);
    backend.readSync = (dataId) => {
      reads++;
      return readSync(dataId);
    };
    expect(valuesAtHand(ids)).toBeUndefined();
    expect(() => checkBelow('id', ids, 5)).not.toThrow();
    expect(reads).toBe(0);
    Object.assign(backend, { steadyCapabilities: { hostMemory: true } });
    expect(Array.from(valuesAtHand(ids) ?? [])).toEqual([0, 7]);
    expect(() => checkBelow('id', ids, 5)).toThrow('id: received 7, allowed 0 to 4');
    ids.dispose();
  });

  it('decides how products are made, and changes no number', async () => {
    const backend = await own({});
    const product = (): number[][] =>
      tf.tidy(() => {
        const a = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
        return [matMulTransposeA(a, a), sumRows(a)].map(read);
      });
    const flagged = product();
    Object.assign(backend, { steadyCapabilities: { transposedProducts: false, firstAxisSums: false } });
    expect(product()).toEqual(flagged);
    expect(flagged[1]).toEqual([5, 7, 9]);
  });

  it("of a device's values finds those that it has not been given", async () => {
    const pending = new Map<object, { values: unknown }>();
    await own({ texData: pending });
    const ids = tf.tensor1d([3, 4], 'int32');
    pending.set(ids.dataId, { values: Int32Array.of(3, 4) });
    expect(Array.from(valuesAtHand(ids) ?? [])).toEqual([3, 4]);
    pending.set(ids.dataId, { values: null });
    expect(valuesAtHand(ids)).toBeUndefined();
    ids.dispose();
  });
});
