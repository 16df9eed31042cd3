import { writeFileSync } from 'node:fs';
import { makeTask } from '../children/task';
import type { GpuCheckOptions } from './options';
import { jsonOf, type Step } from './step';

/** Errors below these are rounding in another order of summing. Conformance has its own bound, 1e-4 an op. */
const WITHIN = { gradient: 1e-3, losses: 1e-4 } as const;

/** NVIDIA's products in TF32 have 10 bits: they are switched off where numbers are compared. */
export const environment = (project: string, tf32: boolean): Record<string, string> => ({
  STEADYFORMER_TFJS_PROJECT: project,
  NVIDIA_TF32_OVERRIDE: tf32 ? '1' : '0',
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  TF_CPP_MIN_LOG_LEVEL: '2',
});

interface Conformance {
  readonly device: string;
  readonly ops: number;
  readonly kernels: number;
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** Every op of core, and every fused kernel that the backend offers, against tfjs's cpu backend. */
export const conformanceStep = (program: string, { project }: GpuCheckOptions): Step => ({
  name: 'conformance',
  run: (left) => {
    const data = jsonOf<Conformance>({ program, env: environment(project, false), seconds: left });
    if ('reason' in data) return { state: 'failed', detail: data.reason };
    const { device, ops, kernels, failed } = data;
    const [first] = failed;
    const detail = `${device}: ${ops} ops, ${kernels} fused kernels, ${failed.length} failed`;
    return {
      state: failed.length === 0 ? 'ok' : 'failed',
      detail: first ? `${detail}: ${first.name}: ${first.reason}` : detail,
      data,
    };
  },
});

interface Parity {
  readonly device: string;
  readonly gradient: number;
  readonly losses: number;
  readonly learned: number;
}

/** A small model trained on TensorFlow and on tfjs's cpu backend. */
export const parityStep = (program: string, task: string, { project }: GpuCheckOptions): Step => ({
  name: 'parity',
  run: (left) => {
    const size = { width: 64, depth: 2, vocabulary: 200, batchSize: 4, time: 12, method: 'admin' } as const;
    writeFileSync(task, JSON.stringify(makeTask(size, '')));
    const env = environment(project, false);
    const data = jsonOf<Parity>({ program, args: [task], env, seconds: left });
    if ('reason' in data) return { state: 'failed', detail: data.reason };
    const { device, gradient, losses, learned } = data;
    return {
      state: gradient < WITHIN.gradient && losses < WITHIN.losses && learned > 0 ? 'ok' : 'failed',
      detail: `${device} against tfjs cpu: gradient ${gradient.toExponential(1)}, losses of 5 updates ${losses.toExponential(1)}`,
      data,
    };
  },
});

interface Change {
  readonly device: string;
  readonly depths: readonly number[];
  readonly changes: Readonly<Record<string, readonly number[]>>;
}

/** D_N up to N = 100: it grows with N after Post-LN and far less before, whatever computes it (theorem 2). */
export const changeStep = (program: string, { project, small }: GpuCheckOptions): Step => ({
  name: 'output change to N = 100',
  run: (left) => {
    const args = [JSON.stringify(small ? { width: 32, seeds: [1] } : { width: 512, seeds: [1, 2, 3] })];
    const data = jsonOf<Change>({ program, args, env: environment(project, false), seconds: left });
    if ('reason' in data) return { state: 'failed', detail: data.reason };
    const { device, depths, changes } = data;
    const growth = Object.fromEntries(
      Object.entries(changes).map(([name, values]) => [name, values.at(-1)! / values[0]!]),
    );
    const text = Object.entries(growth).map(([name, factor]) => `${name} x${factor.toFixed(1)}`);
    const finite = Object.values(changes)
      .flat()
      .every((value) => value > 0 && Number.isFinite(value));
    return {
      state: finite && growth['post-LN']! > 2 * growth['pre-LN']! ? 'ok' : 'failed',
      detail: `${device}: D_${depths.at(-1)} / D_${depths[0]}: ${text.join(', ')}`,
      data,
    };
  },
});
