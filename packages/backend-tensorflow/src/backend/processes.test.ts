import { availableParallelism } from 'node:os';
import { expect, test, vi } from 'vitest';
import { processesOn } from './processes';

test('on GPUs each process has one, which are looked for once', () => {
  const look = vi.fn(() => ['2', 'GPU-11b2']);
  const processes = processesOn(true, look);
  expect(look).not.toHaveBeenCalled();
  expect(processes.devices).toBe(2);
  expect([0, 1].map((rank) => processes.environment(rank, 2))).toEqual([
    { CUDA_VISIBLE_DEVICES: '2' },
    { CUDA_VISIBLE_DEVICES: 'GPU-11b2' },
  ]);
  expect(look).toHaveBeenCalledTimes(1);
  expect(processesOn(true, () => []).devices).toBe(1);
});

test('on a CPU any number share the processors, unless the user says otherwise', () => {
  const { devices, environment } = processesOn(false);
  expect(devices).toBeUndefined();
  expect(environment(0, 1)).toEqual({ TF_NUM_INTRAOP_THREADS: String(availableParallelism()) });
  expect(environment(7, 10_000)).toEqual({ TF_NUM_INTRAOP_THREADS: '1' });
  vi.stubEnv('TF_NUM_INTRAOP_THREADS', '3');
  expect(environment(0, 2)).toEqual({});
  vi.unstubAllEnvs();
});
