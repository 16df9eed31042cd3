import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** A run in processes of its own takes half a minute: STEADYFORMER_LONG=1. */
const long = process.env.STEADYFORMER_LONG === '1';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
}

const start = (work: string, ...more: readonly string[]): Started => {
  const args = [
    '--conditions=steadyformer-source',
    '--import',
    'tsx',
    CLI,
    'fig3',
    '--preset',
    'minute',
    ...more,
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', STEADYFORMER_EXPERIMENT_RUNS: work },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, said: () => said };
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
};

it.skipIf(!long)(
  'goes on after the process was killed, with its children gone and what was finished kept',
  async () => {
    const work = await mkdtemp(join(tmpdir(), 'experiments-killed-'));
    try {
      const first = start(work);
      await until(() => first.said().includes('1/3 '));
      first.child.kill('SIGKILL');
      await once(first.child, 'exit');
      const refused = start(work);
      expect(await once(refused.child, 'close')).toEqual([2, null]);
      expect(refused.said()).toMatch(/^error: .* holds cells of a run that was ended\. --resume goes on/);
      const before = readdirSync(join(work, 'fig3-minute', 'cells')).length;
      expect(before).toBeLessThan(3);
      const second = start(work, '--resume');
      expect(await once(second.child, 'close')).toEqual([0, null]);
      expect(second.said()).toMatch(/[12] cells were done before\n[\s\S]*3\/3 [\s\S]*written: /);
    } finally {
      await rm(work, { recursive: true });
    }
  },
  180_000,
);
