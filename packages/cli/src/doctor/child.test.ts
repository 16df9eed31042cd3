import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tryInChild } from './child';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
});
afterAll(() => rm(folder, { recursive: true }));

const program = async (text: string): Promise<string> => {
  const file = join(folder, 'probe.mjs');
  await writeFile(file, text);
  return file;
};

describe('a backend in a process of its own', () => {
  it('gives what its process found', async () => {
    const file = await program(
      "process.send({ works: true, milliseconds: process.argv[2].length, library: { file: 'x' } });",
    );
    expect(await tryInChild('cpu', file)).toEqual({ works: true, milliseconds: 3, library: { file: 'x' } });
  });

  it('passes on who multiplies', async () => {
    const products = {
      name: 'MKL 2026.2',
      file: '/v/libmkl_rt.so.3',
      ratios: [1.3, 1.2, 1.4],
      passedOver: [{ file: 'x', reason: 'y' }],
      advice: 'z',
    };
    const trial = { works: true, milliseconds: 1, products };
    const file = await program(`process.send(${JSON.stringify(trial)});`);
    expect(await tryInChild('cpu', file)).toEqual(trial);
  });

  it.each([
    ['process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1e3)', 'it ended its process with SIGSEGV'],
    ['console.error("first\\nno library\\n"); process.exit(3)', 'it ended its process with 3: no library'],
    ['process.exit(0)', 'it ended its process with 0'],
    ['process.send("fine")', 'its process gave an answer that is none'],
    ['process.send({ works: "yes" })', 'its process gave an answer that is none'],
  ])('says how it ended: %s', async (text, reason) => {
    expect(await tryInChild('cpu', await program(text))).toEqual({ works: false, reason });
  });

  it('stops one that hangs', async () => {
    const file = await program('for (;;);');
    expect(await tryInChild('cpu', file, 300)).toEqual({
      works: false,
      reason: 'it gave no answer within 0.3 s',
    });
  });
});
