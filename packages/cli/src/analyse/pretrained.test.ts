import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('analysis-pretrained');
const checkpoint = (kind: string): string =>
  fileURLToPath(new URL(`../../../core/src/pretrained/fixtures/${kind}`, import.meta.url));
const SIZES = ['--sentences', '2', '--length', '6', '--backend', 'wasm'];

describe('a checkpoint of transformers', () => {
  it('is a model as others are, of any command and architecture', async () => {
    for (const [args, kind, expected] of [
      [['dependency'], 'gpt2', 'decoder.layers.1.feedForward'],
      [['output-change', '--change', 'gradient', '--seeds', '1'], 'llama', 'Too few depths for a fit'],
      [['gradients'], 'bert', 'bert encoder: |dx_0| / |dx_N|'],
      [['predict'], 'marian', 'decoder.layers.1.crossAttention'],
      [['effectiveness', '--loss'], 'gpt2', 'loss change'],
    ] as const) {
      const { code, out, error } = await analyse(...args, '-m', checkpoint(kind), ...SIZES);
      expect(code, error).toBe(0);
      expect(out).toContain(expected);
    }
  });

  it('has its layers left out one at a time, and the result made again from all its parts', async () => {
    const [json, svg] = [join(folderOf(), 'layers.json'), join(folderOf(), 'layers.svg')];
    const args = ['effectiveness', '--level', 'block', '-m', checkpoint('llama'), ...SIZES];
    const { code, out, error } = await analyse(...args, '--out', json, svg);
    expect(code, error).toBe(0);
    const { effectiveness, provenance } = JSON.parse(await readFile(json, 'utf8'));
    expect(effectiveness.llama.decoder.map(({ path }: { path: string }) => path)).toEqual([
      'decoder.layers.0',
      'decoder.layers.1',
    ]);
    for (const { angle, outputChange } of effectiveness.llama.decoder) {
      expect(angle).toBeGreaterThan(0);
      expect(outputChange).toBeGreaterThan(0);
    }
    expect(provenance.configs.llama).toMatchObject({ kind: 'pretrained', architecture: 'llama' });
    expect(await readFile(svg, 'utf8')).toContain('<svg');
    expect((await analyse('repeat', json)).out).toBe(out);
  });

  it('takes ids from a file, of sentences as long as it needs', async () => {
    const data = join(folderOf(), 'ids.txt');
    const run = () => analyse('effectiveness', '-m', checkpoint('gpt2'), ...SIZES, '--data', data);
    await writeFile(data, '5 6 7 8 9 10 11\n9 8 7 6 5 4 3\n');
    expect((await run()).code).toBe(0);
    await writeFile(data, '5 6 7 8 9 10 11\n9 8 7\n');
    expect((await run()).error).toContain(
      'a sentence has 3 tokens, and a pretrained gpt2 knows no pads; take --length 3',
    );
    await writeFile(data, '5 6 7 8 9 10 11\n9 8 7 6 5 4 32\n');
    expect((await run()).error).toContain('line 2: it needs 33 ids and the model has 32');
    await writeFile(data, 'words of a text\n');
    expect((await run()).error).toContain('it holds words, and a pretrained gpt2 knows its own tokens alone');
  });

  it('is compared by its tensors, and named where it is not read', async () => {
    const { code, out } = await analyse('updates', checkpoint('gpt2'), checkpoint('gpt2'));
    expect(code).toBe(0);
    expect(out).toContain('transformer.h.0.attn.c_attn.weight');
    await cp(checkpoint('gpt2'), folderOf(), { recursive: true });
    const file = join(folderOf(), 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...config, model_type: 't5' }));
    const refused = await analyse('predict', '-m', folderOf(), ...SIZES);
    expect(refused.code).toBe(2);
    expect(refused.error).toContain("config.json: model_type: received 't5', allowed 'gpt2', 'bert'");
  });
});
