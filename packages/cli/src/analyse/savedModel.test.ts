import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoder, postLN, preLN, stateDict } from '@steadyformer/core';
import { writeSafetensors } from '@steadyformer/core/node';
import { describe, expect, it } from 'vitest';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('analysis-saved');

const sizes = ['--sentences', '2', '--length', '4', '--backend', 'wasm', '--seeds', '2'];

const save = async (depth: number, config?: string): Promise<string> => {
  const model = encoder({ vocabulary: 20, width: 8, heads: 2, depth, method: postLN() });
  const file = join(folderOf(), 'model.safetensors');
  await writeSafetensors(file, await stateDict(model));
  await writeFile(join(folderOf(), 'config.json'), config ?? JSON.stringify(model.config));
  model.dispose();
  return file;
};

describe('a saved model', () => {
  it('of fewer than four blocks has its output change measured, without a fit', async () => {
    const file = await save(2);
    const [svg, json] = [join(folderOf(), 'points.svg'), join(folderOf(), 'points.json')];
    const { code, out } = await analyse('output-change', '-m', file, ...sizes, '--out', svg, json);
    expect(code).toBe(0);
    expect(out).toMatch(/model +1 +2 +\d/);
    expect(out).toMatch(/model +2 +4 +\d/);
    expect(out).toContain('Too few depths for a fit, which needs 4 or more.');
    const again = await analyse('repeat', json);
    expect(again.out).toBe(out);
    const judged = await analyse('depth-check', '-m', file, ...sizes);
    expect(judged.code).toBe(2);
    expect(judged.error).toContain('allowed 4 or more increasing whole numbers');
  });

  it('is said to have no config only where there is none', async () => {
    const file = await save(2, '{"kind": "encoder", ');
    const broken = await analyse('output-change', '-m', file, ...sizes);
    expect(broken.code).toBe(2);
    expect(broken.error).toContain('config.json: not JSON (');
    await writeFile(join(folderOf(), 'config.json'), JSON.stringify({ kind: 'encoder', width: 8 }));
    const short = await analyse('output-change', '-m', file, ...sizes);
    expect(short.error).toContain('error: config: missing ');
    await rm(join(folderOf(), 'config.json'));
    expect((await analyse('output-change', '-m', file, ...sizes)).error).toContain(
      'the weights come without a config',
    );
  });

  it('and files named on the command line are told apart by what is wrong with them', async () => {
    const missing = join(folderOf(), 'none.json');
    expect((await analyse('predict', '-c', missing)).error).toContain(
      'cannot be read, there is no such file',
    );
    expect((await analyse('predict', '-c', folderOf())).error).toContain('cannot be read, it is a folder');
    const broken = join(folderOf(), 'broken.json');
    await writeFile(broken, '{');
    expect((await analyse('repeat', broken)).error).toContain('broken.json: not JSON (');
    await writeFile(broken, '{"provenance": {"tool": "steadyformer-analysis"}}');
    expect((await analyse('repeat', broken)).error).toContain('not a result of this program');
  });
});

describe('fresh models', () => {
  it('are measured at fewer than four depths too', async () => {
    const args = ['--width', '8', '--heads', '2', '--vocab', '20', '-a', preLN().name, '--depths', '1,3'];
    const { code, out } = await analyse('output-change', ...sizes, ...args);
    expect(code).toBe(0);
    expect(out).toMatch(/preLN +3 +6 +\d/);
  });
});
