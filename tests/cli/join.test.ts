import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommand } from './process';
import { CONFIG, SENTENCES, writeTurned } from './turnedText';

let folder = '';
let program = '';
const children: ChildProcess[] = [];
beforeAll(async () => {
  program = await buildCommand();
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-join-'));
  for (const [into, own] of [
    ['host', SENTENCES],
    ['worker', SENTENCES],
    ['other', [...SENTENCES, 'old tree']],
  ] as const) {
    await mkdir(join(folder, into));
    await mkdir(join(folder, into, 'temporary'));
    // Where files lie is each worker's own affair.
    await writeTurned(join(folder, into), own, into === 'host' ? 'text.txt' : 'mine.txt');
  }
  await writeFile(
    join(folder, 'host/config.yaml'),
    CONFIG.replace('checkpoints: { every: 2 }', 'checkpoints: { every: 1 }'),
  );
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  if (folder !== '') await rm(folder, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

const start = (where: string, args: readonly string[]): Started => {
  const cwd = join(folder, where);
  const env = { ...process.env, TMPDIR: join(cwd, 'temporary'), STEADYFORMER_HTTP_TIMEOUT: '150' };
  const child = spawn(process.execPath, [program, ...args], { cwd, env });
  children.push(child);
  let [out, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  return { child, said: () => out, ended };
};

const host = async (...args: string[]): Promise<Started & { readonly address: string[] }> => {
  const started = start('host', ['train', 'config.yaml', '--listen', '127.0.0.1:0', ...args]);
  const JOIN = /steadyformer join (\S+) --token (\S+)\n/;
  await expect.poll(started.said, { timeout: 150_000 }).toMatch(JOIN);
  const [, url, token] = JOIN.exec(started.said())!;
  return { ...started, address: [url!, '--token', token!] };
};
const worker = (address: readonly string[], where = 'worker', ...args: string[]): Started =>
  start(where, ['join', ...address, '--set', 'data.train.source=mine.txt', ...args]);

/** The weights after the last update; biases of keys, whose gradient is zero in theory, apart. */
const weightsOf = async (output: string): Promise<number[]> => {
  const { parameters } = await loadCheckpoint(join(folder, 'host', output, 'checkpoints/update-00000006'));
  return Object.entries(parameters).flatMap(([path, { data }]) =>
    /(queryKeyValue|keyValue)\.bias$/u.test(path) ? [] : Array.from(data),
  );
};

describe('steadyformer join', { timeout: 400_000 }, () => {
  it('trains with the host; a worker that dies ends the run, and another goes on, to the weights of one process', async () => {
    const alone = await start('host', ['train', 'config.yaml', '-o', 'one']).ended;
    expect(alone).toEqual({ code: 0, stderr: '' });
    const slow = ['-s', 'training.updates=1000', '-s', 'checkpoints.keep=999'];
    const first = await host(...slow);
    const dying = worker(first.address);
    await expect.poll(first.said, { timeout: 150_000 }).toMatch(/checkpoint +\S+00002/);
    dying.child.kill('SIGKILL');
    const { code, stderr } = await first.ended;
    expect(stderr).toMatch(
      /^error: rank 1 \(127\.0\.0\.1\) has ended, or cannot be reached any more\. The newest.*\n$/,
    );
    expect(code).toBe(2);
    await dying.ended;
    await rm(join(folder, 'worker/temporary'), { recursive: true });
    await mkdir(join(folder, 'worker/temporary'));
    const made = (await readdir(join(folder, 'host/run/checkpoints'))).filter((name) =>
      /^update-\d+$/u.test(name),
    );
    // It may have made more than six by then.
    for (const name of made)
      if (Number(name.slice(7)) > 4)
        await rm(join(folder, 'host/run/checkpoints', name), { recursive: true });
    const second = await host();
    const joined = worker(second.address);
    const [ended, other] = await Promise.all([second.ended, joined.ended]);
    expect([ended, other]).toEqual([0, 0].map((each) => ({ code: each, stderr: '' })));
    expect(second.said()).toMatch(/resumed +after update \d/);
    expect(joined.said()).toMatch(/joined +as rank 1 of 2\n/);
    expect(joined.said()).toMatch(/done +after update 6; what was learned is in the folder of rank 0\n/);
    const [one, two] = await Promise.all(['one', 'run'].map(weightsOf));
    expect(Math.max(...one!.map((x, i) => Math.abs(x - two![i]!)))).toBeLessThan(1e-5);
    // The worker keeps nothing.
    expect(await readdir(join(folder, 'worker'))).toEqual(['mine.txt', 'temporary', 'turned.txt']);
    expect(await readdir(join(folder, 'worker/temporary'))).toEqual([]);
  });

  it('refuses other data on both, before anything is written', async () => {
    const { address, ended } = await host('-o', 'refused');
    const other = await worker(address, 'other').ended;
    const message = /^error: rank 1 differs from rank 0 in data\.file 1: '\d+ bytes, SHA-256 .*\n$/;
    for (const { code, stderr } of [await ended, other]) {
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
    }
    expect(await readdir(join(folder, 'host'))).not.toContain('refused');
    expect(await readdir(join(folder, 'other/temporary'))).toEqual([]);
  });
});
