import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bash, buildCommand, watched } from './process';

let folder = '';
let program = '';
beforeAll(async () => {
  program = await buildCommand();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

const small = '--width 8 --heads 2 --sentences 2 --length 4 --vocab 20 --backend wasm';
const statuses = `echo "\${PIPESTATUS[*]}"`;

describe.skipIf(process.platform === 'win32')('the process of steadyformer', () => {
  it('ends quietly, with 0, where the reader of a pipe goes away', async () => {
    const lines = [
      `steadyformer analyse predict -a preLN --depth 2 | head -1; ${statuses}`,
      // More than a pipe holds.
      `steadyformer analyse predict -a preLN --depth 600 | head -1; ${statuses}`,
      `steadyformer analyse --help | true; ${statuses}`,
      // What is wrong is wrong, whoever reads it.
      `steadyformer analyse predcit 2>&1 | true; ${statuses}`,
    ];
    const { stdout, stderr } = await bash(program, lines, folder);
    const head =
      'architecture +N +path +omega +Var\\[a\\] +beta_ii +D_N +gradient +correlation +entropy +largest logit';
    expect(stdout).toMatch(new RegExp(`^${head}\n0 0\n${head}\n0 0\n0 0\n2 0\n$`));
    expect(stderr).toBe('');
  });

  it('writes its files to the end where nobody reads what it prints, or its progress', async () => {
    const run = `steadyformer analyse dependency ${small} -a preLN --depth 1`;
    const lines = [
      `${run} --out one.json 2>/dev/null | true; ${statuses}`,
      `{ ${run} --out two.json 2>&1 >out.txt; } | true; ${statuses}`,
    ];
    expect((await bash(program, lines, folder)).stdout).toBe('0 0\n0 0\n');
    const [one, two] = await Promise.all(
      ['one.json', 'two.json'].map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'))),
    );
    expect(one).toEqual(two);
    expect(await readFile(join(folder, 'out.txt'), 'utf8')).toContain('encoder.layers.0.feedForward');
  });

  it('stops where nobody would see the result', async () => {
    const hours = `steadyformer analyse output-change ${small} --depths 1,2 --seeds 1000000`;
    const { stdout, stderr } = await bash(program, [`${hours} 2>&1 | head -1; ${statuses}`], folder);
    expect([stdout, stderr]).toEqual(['backend wasm (asked for)\n0 0\n', '']);
  });

  it.skipIf(process.platform !== 'linux')('says so in one line where its output does not fit', async () => {
    const { code, stderr } = await bash(
      program,
      ['steadyformer analyse predict --depth 2 >/dev/full'],
      folder,
    );
    expect([code, stderr]).toEqual([2, 'error: the output cannot be written: the disk is full\n']);
  });

  it('ends at once at Ctrl-C, and leaves no file', async () => {
    const args = `analyse output-change ${small} --seeds 1000000 --depths 1,2 --out check.json`.split(' ');
    let sent = false;
    const { code, signal } = await watched(program, args, folder, (text, kill) => {
      if (sent || !text.includes('networks')) return;
      sent = true;
      kill('SIGINT');
    });
    // By the signal, which a shell calls 130.
    expect([code, signal]).toEqual([null, 'SIGINT']);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is 130 to a shell at Ctrl-C', async () => {
    const lines = [
      `steadyformer analyse output-change ${small} --depths 1,2 --seeds 1000000 2>progress &`,
      'until grep -q networks progress 2>/dev/null; do sleep 0.05; done',
      // The shell's child is the command itself.
      'kill -INT $(cat /proc/$!/task/*/children 2>/dev/null || echo $!); wait $!; echo $?',
    ];
    if (process.platform !== 'linux') return;
    expect((await bash(program, lines, folder)).stdout).toBe('130\n');
  });
});

const built = existsSync(new URL('../../packages/cli/dist/doctor/probe.js', import.meta.url));

describe.runIf(built)('steadyformer doctor', () => {
  it('tries every backend for real', async () => {
    const { code, stdout, stderr } = await bash(program, ['steadyformer doctor --json'], folder);
    expect([code, stderr]).toEqual([0, '']);
    const { backends, chosen } = JSON.parse(stdout);
    expect(chosen).toBe('onnxruntime');
    for (const name of ['onnxruntime', 'wasm', 'cpu']) {
      expect(backends).toContainEqual(
        expect.objectContaining({ name, works: true, milliseconds: expect.any(Number) }),
      );
    }
    for (const each of backends) if (!each.works) expect(each.reason).toMatch(/\w{3}/);
  });
});
