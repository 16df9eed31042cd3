import { totalmem } from 'node:os';
import { join } from 'node:path';
import { positionsOf, type TaskSize } from '../children/task';
import type { TrainStepOptions } from '../children/trainStep';
import type { Competitor } from '../harness/competitor';
import type { Answer } from '../harness/protocol';
import { start } from '../harness/start';
import { root } from '../paths';
import { nodeChild } from '../suites/competitors';
import { prepare } from '../suites/trainStep';
import { environment } from './numbers';
import type { GpuCheckOptions } from './options';
import type { Found, Step } from './step';

type Program = (child: string) => string;

const sizeOf = ({ small }: GpuCheckOptions, batchSize: number): TaskSize => ({
  width: small ? 64 : 512,
  depth: small ? 1 : 6,
  vocabulary: small ? 200 : 8000,
  batchSize,
  time: small ? 8 : 32,
  method: 'admin',
});

interface Timed {
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** Seconds of a step after one to warm up; `skip` with the reason where the process could not, or died. */
const timed = async (competitor: Competitor, seconds: number): Promise<Timed | { reason: string }> => {
  const child = start(competitor);
  const refused = (answer: Answer): { reason: string } => ({
    reason: answer.is === 'skip' ? answer.reason : `unexpected answer '${answer.is}'`,
  });
  try {
    const ready = await child.ready;
    if (ready.is !== 'ready') return refused(ready);
    const warm = await child.ask({ do: 'time', case: 'step', seconds: 0 });
    if (warm.is !== 'timed') return refused(warm);
    const answer = await child.ask({ do: 'time', case: 'step', seconds });
    return answer.is === 'timed' ? { seconds: answer.seconds, versions: ready.versions } : refused(answer);
  } finally {
    await child.close();
  }
};

const ours = (program: Program, task: string, env: Record<string, string>): Competitor =>
  nodeChild(
    'core',
    program('trainStep'),
    { task, backend: 'tensorflow', fused: true } satisfies TrainStepOptions,
    env,
  );

/** A training step of core, and the same of PyTorch on the same device; with and without TF32 on a GPU. */
export const trainStep = (program: Program, options: GpuCheckOptions): Step => ({
  name: 'training step',
  run: async (): Promise<Found> => {
    const { file, task } = prepare(sizeOf(options, 32), { program });
    const tokens = positionsOf(task.batches[0]!);
    const found: Record<string, unknown>[] = [];
    const lines: string[] = [];
    let failed = false;
    let cuda = false;
    for (const tf32 of [false, true]) {
      if (tf32 && !cuda) break;
      const env = environment(options.project, tf32);
      const core = await timed(ours(program, file, env), 5);
      cuda = 'seconds' in core && core.versions.device === 'CUDA';
      const torch =
        options.torch === undefined
          ? { reason: 'absent, name a Python that has it by --torch or STEADYFORMER_TORCH_PYTHON' }
          : await timed(
              {
                name: 'PyTorch',
                program: options.torch,
                args: [
                  join(root, 'python', 'twin.py'),
                  file,
                  '--threads',
                  '2',
                  '--device',
                  cuda ? 'cuda' : 'cpu',
                ],
                env,
              },
              5,
            );
      failed ||= 'reason' in core || ('reason' in torch && options.torch !== undefined);
      const text = (name: string, each: Timed | { reason: string }): string =>
        'reason' in each
          ? `${name}: ${each.reason}`
          : `${name} ${Math.round(tokens / each.seconds)} tokens/s`;
      found.push({ tf32, tokens, core, torch });
      lines.push(
        `${cuda ? 'CUDA' : 'CPU'}${tf32 ? ', TF32' : ''}: ${text('core', core)}; ${text('PyTorch', torch)}`,
      );
    }
    return { state: failed ? 'failed' : 'ok', detail: lines.join('. '), data: found };
  },
});

/** On a CPU the operating system would end other programs before this one: it stops at a part of the memory. */
const CPU_SHARE = 0.25;

/** Doubles the batch until a step fails; out of memory is an answer, from a process that may die of it. */
export const largestBatchStep = (program: Program, options: GpuCheckOptions): Step => ({
  name: 'largest batch',
  run: async (left): Promise<Found> => {
    const started = performance.now();
    const env = environment(options.project, true);
    const data: { batch: number; seconds?: number; reason?: string }[] = [];
    let device = 'CPU';
    for (let batch = options.small ? 8 : 32; ; batch *= 2) {
      // A step of TensorFlow keeps some 6 KB a position, width and block: measured on a CPU.
      const size = sizeOf(options, batch);
      const estimate = batch * size.time * size.width * size.depth * 500;
      const stop =
        (performance.now() - started) / 1000 > left / 2
          ? 'stopped for time'
          : device === 'CPU' &&
              data.length > 0 &&
              (estimate > CPU_SHARE * totalmem() || (options.small && batch > 64))
            ? 'stopped: this is a CPU'
            : undefined;
      if (stop !== undefined) return { state: 'ok', detail: largest(data, device, stop), data };
      const outcome = await timed(ours(program, prepare(size, { program }).file, env), 0);
      if ('reason' in outcome) {
        data.push({ batch, reason: outcome.reason });
        const state = data.some(({ seconds }) => seconds !== undefined) ? 'ok' : 'failed';
        return { state, detail: largest(data, device, `${batch}: ${outcome.reason}`), data };
      }
      device = outcome.versions.device ?? device;
      data.push({ batch, seconds: outcome.seconds });
    }
  },
});

const largest = (
  data: readonly { readonly batch: number; readonly seconds?: number }[],
  device: string,
  end: string,
): string => {
  const fits = data.filter(({ seconds }) => seconds !== undefined).at(-1);
  return `${device}: ${fits ? `${fits.batch} sentences in ${fits.seconds?.toFixed(2)} s` : 'none'}; ${end}`;
};
