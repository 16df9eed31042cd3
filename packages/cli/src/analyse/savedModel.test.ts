import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encoder, postLN, preLN, stateDict } from '@steadyformer/core';
import { writeSafetensors } from '@steadyformer/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../main/main';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analysis-saved-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = async (...args: string[]) => {
  let [out, error] = ['', ''];
  const code = await main(['analyse', ...args], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

const sizes = ['--sentences', '2', '--length', '4', '--backend', 'wasm', '--seeds', '2'];

const save = async (depth: number, config?: string): Promise<string> => {
  const model = encoder({ vocabulary: 20, width: 8, heads: 2, depth, method: postLN() });
  const file = join(folder, 'model.safetensors');
  await writeSafetensors(file, await stateDict(model));
  await writeFile(join(folder, 'config.json'), config ?? JSON.stringify(model.config));
  model.dispose();
  return file;
};

describe('a saved model', () => {
  it('of fewer than four blocks has its output change measured, without a fit', async () => {
    const file = await save(2);
    const [svg, json] = [join(folder, 'points.svg'), join(folder, 'points.json')];
    const { code, out } = await run('output-change', '-m', file, ...sizes, '--out', svg, json);
    expect(code).toBe(0);
    expect(out).toMatch(/model +1 +2 +\d/);
    expect(out).toMatch(/model +2 +4 +\d/);
    expect(out).toContain('Too few depths for a fit, which needs 4 or more.');
    const again = await run('repeat', json);
    expect(again.out).toBe(out);
    const judged = await run('depth-check', '-m', file, ...sizes);
    expect(judged.code).toBe(2);
    expect(judged.error).toContain('allowed 4 or more increasing whole numbers');
  });

  it('is said to have no config only where there is none', async () => {
    const file = await save(2, '{"kind": "encoder", ');
    const broken = await run('output-change', '-m', file, ...sizes);
    expect(broken.code).toBe(2);
    expect(broken.error).toContain('config.json: not JSON (');
    await writeFile(join(folder, 'config.json'), JSON.stringify({ kind: 'encoder', width: 8 }));
    const short = await run('output-change', '-m', file, ...sizes);
    expect(short.error).toContain('error: config: missing ');
    await rm(join(folder, 'config.json'));
    expect((await run('output-change', '-m', file, ...sizes)).error).toContain(
      'the weights come without a config',
    );
  });

  it('and files named on the command line are told apart by what is wrong with them', async () => {
    const missing = join(folder, 'none.json');
    expect((await run('predict', '-c', missing)).error).toContain('cannot be read, there is no such file');
    expect((await run('predict', '-c', folder)).error).toContain('cannot be read, it is a folder');
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{');
    expect((await run('repeat', broken)).error).toContain('broken.json: not JSON (');
    await writeFile(broken, '{"provenance": {"tool": "steadyformer-analysis"}}');
    expect((await run('repeat', broken)).error).toContain('not a result of this program');
  });
});

describe('fresh models', () => {
  it('are measured at fewer than four depths too', async () => {
    const args = ['--width', '8', '--heads', '2', '--vocab', '20', '-a', preLN().name, '--depths', '1,3'];
    const { code, out } = await run('output-change', ...sizes, ...args);
    expect(code).toBe(0);
    expect(out).toMatch(/preLN +3 +6 +\d/);
  });
});
