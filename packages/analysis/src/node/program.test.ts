import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postLN, stateDict } from '@steadyformer/core';
import { writeSafetensors } from '@steadyformer/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EncoderModel } from '..';
import { main } from './program';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analysis-'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = async (...args: string[]) => {
  let [out, error] = ['', ''];
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

const small = ['--width', '16', '--sentences', '2', '--length', '8', '--vocab', '50', '--backend', 'wasm'];

describe('steadyformer-analysis', () => {
  it('checks architectures over depth: table, chart, fits, verdicts, files', async () => {
    const files = ['check.json', 'check.csv', 'check.svg', 'check.png'].map((name) => join(folder, name));
    const { code, out, error } = await run(
      ...['depth-check', ...small, '-a', 'postLN,admin', '--depths', '1,2,3,4,6,8', '--seeds', '2'],
      ...['--out', ...files],
    );
    expect(error).toContain('backend wasm (asked for)');
    expect(code).toBe(0);
    expect(out).toMatch(/postLN +1 +2 /);
    expect(out).toContain('a + b ln(N + c)');
    expect(out).toMatch(/^postLN: O\(N\)|^postLN: more than O\(N\)/m);
    const json = JSON.parse(await readFile(files[0]!, 'utf8'));
    expect(json.checks.admin.points).toHaveLength(6);
    expect(json.provenance).toMatchObject({ command: 'depth-check', backend: 'wasm' });
    expect((await readFile(files[1]!, 'utf8')).split('\n')).toHaveLength(1 + 12 + 1);
    expect(await readFile(files[2]!, 'utf8')).toContain('Residual branches N');
    expect([...(await readFile(files[3]!)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('prints the same again', async () => {
    const args = ['output-change', ...small, '-a', 'preLN', '--depths', '1,2,3,4', '--seeds', '1'];
    const [one, two] = [await run(...args), await run(...args)];
    expect(one.code).toBe(0);
    expect(two.out).toBe(one.out);
  });

  it('reads text and ids', async () => {
    const text = join(folder, 'text.txt');
    await writeFile(text, 'a b a c a d\nthe a b\n\na b c d e f g h i j\n');
    const ids = join(folder, 'ids.txt');
    await writeFile(ids, '4 5 6\n7 8\n');
    for (const file of [text, ids]) {
      const { code, out } = await run('dependency', ...small, '-a', 'preLN', '--depth', '2', '--data', file);
      expect(code).toBe(0);
      expect(out).toContain('encoder.layers.1.feedForward');
    }
  });

  it('measures gradients of encoder and decoder', async () => {
    const { code, out } = await run('gradients', ...small, '-a', 'postLN', '--depth', '2');
    expect(code).toBe(0);
    expect(out).toContain('decoder.layers.1.crossAttention');
    expect(out).toMatch(/postLN decoder: \|dx_0\| \/ \|dx_N\| = /);
  });

  it('compares saved models', async () => {
    const [one, two] = [join(folder, 'one.safetensors'), join(folder, 'two.safetensors')];
    for (const [seed, file] of [
      [1, one],
      [2, two],
    ] as const) {
      const model = new EncoderModel({ vocabulary: 20, method: postLN(), depth: 1, width: 8, seed });
      await writeSafetensors(file, await stateDict(model));
      model.dispose();
    }
    const { code, out } = await run('updates', one, two);
    expect(code).toBe(0);
    expect(out).toContain('embedding.table');
  });

  it('predicts without a network', async () => {
    const { code, out } = await run('predict', '--depth', '3');
    expect(code).toBe(0);
    expect(out).toContain('postLN: O(N) over networks (symbolic)');
    expect(out).toMatch(/admin: O\(log N\) over networks \(symbolic\), c = s_0 \/ v = \d\.\d\d/);
  });

  it.each([
    [['predict', '-a', 'postLM'], "unknown name 'postLM', did you mean 'postLN'?"],
    [['predict', '--dept', '3'], "unknown option '--dept'"],
    [['predict', '--depth', '0'], 'allowed: whole numbers >= 1.'],
    [['predict', '-o', 'x.pdf'], 'the name must end in .json, .csv, .svg, .png'],
    [['updates', 'a', 'b', '-o', 'x.svg'], 'draws no figure'],
    [['updates', 'missing', 'b'], 'missing: not a readable safetensors file'],
    [['depth-check', '--backend', 'wasm', '--depths', '4,3,2,1'], 'allowed 4 or more increasing'],
    [['dependency', '--backend', 'wasm', '--data', 'missing.txt'], 'missing.txt: the file cannot be read'],
    [['nonsense'], "unknown command 'nonsense'"],
  ])('says what is wrong in one line, exit code 2, writes nothing: %j', async (args, message) => {
    const { code, out, error } = await run(...args);
    expect(error).toContain(message);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});
