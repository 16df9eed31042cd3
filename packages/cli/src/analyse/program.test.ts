import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  admin,
  encoder,
  type FullConfig,
  fromConfig,
  languageModel,
  model,
  postLN,
  preLN,
  stateDict,
  transformer,
} from '@steadyformer/core';
import { writeSafetensors } from '@steadyformer/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { main } from '../main/main';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analysis-'));
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

const small = ['--width', '16', '--sentences', '2', '--length', '8', '--vocab', '50', '--backend', 'wasm'];

describe('steadyformer analyse', () => {
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
    // Two networks of width 16 tell nothing, and the program says so.
    expect(out).toMatch(/^postLN: Cannot tell from these depths and widths/m);
    expect(out).toMatch(/^admin: Cannot tell.* over 2 networks.*To tell, use /m);
    expect(out).not.toContain('100 %');
    const json = JSON.parse(await readFile(files[0]!, 'utf8'));
    expect(json.checks.admin.points).toHaveLength(6);
    expect(json.provenance).toMatchObject({ command: 'depth-check', backend: 'wasm' });
    expect((await readFile(files[1]!, 'utf8')).split('\n')).toHaveLength(1 + 12 + 1);
    expect(await readFile(files[2]!, 'utf8')).toContain('Residual branches N');
    expect([...(await readFile(files[3]!)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('says its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, error: '' });
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

  /** A model of each kind as a file whose metadata hold its config, as checkpoints have it. */
  const save = async (name: string, config: FullConfig, seed = 1): Promise<string> => {
    const file = join(folder, name);
    const saved = fromConfig(config, { seed });
    await writeSafetensors(file, await stateDict(saved), { config: JSON.stringify(config) });
    saved.dispose();
    return file;
  };

  const shape = { vocabulary: 50, padId: 1, width: 16, heads: 2, depth: 4 };
  const batch = ['--sentences', '2', '--length', '8', '--backend', 'wasm'];

  it.each([
    ['encoder', encoder({ ...shape, method: admin() })],
    ['languageModel', languageModel({ ...shape, method: preLN(), activation: 'gelu' })],
    ['transformer', transformer({ ...shape, method: { encoder: admin(), decoder: postLN() } })],
    [
      'stacks',
      model({
        width: 16,
        heads: 2,
        embeddings: { words: { vocabulary: 50 } },
        output: 'words',
        stacks: {
          encoder: { depth: 4, method: admin(), embedding: 'words' },
          picture: { depth: 4, method: postLN(), reads: ['encoder'] },
          writer: { depth: 4, method: preLN(), embedding: 'words', causal: true, reads: ['picture'] },
        },
      }),
    ],
  ] as const)('looks at configs and saved models with every command: %s', async (kind, { config }) => {
    const json = join(folder, 'own.json');
    await writeFile(json, JSON.stringify(config));
    const saved = await save('saved.safetensors', config, 3);
    const stack = kind === 'languageModel' ? 'decoder' : 'encoder';
    for (const from of [
      ['--config', json],
      ['--model', saved],
    ]) {
      const name = from[0] === '--config' ? 'own' : 'saved';
      const depths = from[0] === '--config' ? ['--depths', '1,2,3,5'] : [];
      for (const [args, expected] of [
        [['depth-check', ...depths, '--seeds', '1', ...batch], `${name}: Cannot tell`],
        [['output-change', ...depths, '--seeds', '2', '--stack', stack, ...batch], name],
        [['dependency', ...batch], `${stack}.layers.3.feedForward`],
        [['gradients', ...batch], `${name} ${stack}: |dx_0| / |dx_N|`],
      ] as const) {
        const { code, out, error } = await run(...args, ...from);
        expect(code, error).toBe(0);
        expect(out).toContain(expected);
      }
    }
    const { code, out, error } = await run('predict', '--model', saved, ...batch);
    expect(code, error).toBe(0);
    expect(out).toContain(`${stack}.layers.3.feedForward`);
  });

  it('compares saved models, and draws updates against gradients where a config is known', async () => {
    const config = encoder({ ...shape, method: postLN() }).config;
    const files = [await save('one.safetensors', config, 1), await save('two.safetensors', config, 2)];
    const png = join(folder, 'updates.png');
    const { code, out } = await run('updates', ...files, ...batch, '--out', png);
    expect(code).toBe(0);
    expect(out).toMatch(/path +update +weight +ratio +gradient/);
    expect(out).toContain('embedding.table');
    expect([...(await readFile(png)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('compares bare weights without a figure, or with the config that is named', async () => {
    const bareModel = encoder({ ...shape, method: postLN() });
    const [bare, json] = [join(folder, 'bare.safetensors'), join(folder, 'model.json')];
    await writeSafetensors(bare, await stateDict(bareModel));
    await writeFile(json, JSON.stringify(bareModel.config));
    const svg = join(folder, 'updates.svg');
    const without = await run('updates', bare, bare, ...batch);
    expect(without.code).toBe(0);
    expect(without.out).not.toContain('gradient');
    const refused = await run('updates', bare, bare, ...batch, '--out', svg);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('name it with --config') });
    const named = await run(
      'updates',
      bare,
      bare,
      ...batch,
      '--config',
      json,
      '--out',
      join(folder, 'u.csv'),
    );
    expect(named.code).toBe(0);
    expect(named.out).toContain('gradient');
    await mkdir(join(folder, 'other'));
    const twin = await save('other/bare.safetensors', bareModel.config);
    const both = await run('dependency', '--model', twin, bare, '--config', json, ...batch);
    expect(both.out).toContain(twin);
    expect(both.out).toContain(`${bare} `);
    const alone = await run('dependency', '--model', bare, ...batch);
    expect(alone).toMatchObject({ code: 2, error: expect.stringContaining('without a config') });
    expect((await run('dependency', '--model', bare, '--config', json, ...batch)).code).toBe(0);
  });

  it('makes a result again from its JSON, and not from changed files', async () => {
    const text = join(folder, 'text.txt');
    await writeFile(text, 'a b a c a d\nthe a b\na b c d e f g h i j\n');
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
    const first = await run(
      ...['depth-check', ...small, '-a', 'admin', '--depths', '1,2,3,4', '--seeds', '2', '--data', text],
      ...['--out', one],
    );
    expect(first.code).toBe(0);
    const second = await run('repeat', one, '--out', two);
    expect(second.out).toBe(first.out);
    expect(JSON.parse(await readFile(two, 'utf8'))).toEqual(JSON.parse(await readFile(one, 'utf8')));
    await writeFile(text, 'other words\n');
    const changed = await run('repeat', one);
    expect(changed).toMatchObject({ code: 2, error: expect.stringContaining('is not the one') });
  });

  it('predicts without a network', async () => {
    const { code, out } = await run('predict', '--depth', '3');
    expect(code).toBe(0);
    expect(out).toContain('postLN: O(N) over networks (symbolic)');
    expect(out).toMatch(/admin: O\(log N\) over networks \(symbolic\), c = s_0 \/ v = \d\.\d\d/);
  });

  it.each([
    [['predict', '-a', 'postLM'], "unknown name 'postLM', did you mean 'postLN'?"],
    [['predict', '--dept', '3'], "unknown option '--dept' (Did you mean --depth?)\n"],
    [['predict', '--depth', '0'], 'allowed: whole numbers >= 1.'],
    [['predict', '-o', 'x.pdf'], 'the name must end in .json, .csv, .svg, .png'],
    [['predict', '--stack', 'body'], "received 'body', allowed encoder"],
    [['predict', '--stack', 'decoder'], "received 'decoder', allowed encoder"],
    [['predict', '--config', 'missing.json'], 'missing.json: the file cannot be read'],
    [['updates', 'missing', 'b'], 'missing: not a readable safetensors file'],
    [['depth-check', '--backend', 'wasm', '--depths', '4,3,2,1'], 'allowed 4 or more increasing'],
    [['depth-check', '--backend', 'wasm', '--stack', 'body'], "received 'body', allowed encoder"],
    [['depth-check', '--change', 'noise'], 'Allowed choices are sign, gaussian, gradient'],
    [['dependency', '--backend', 'wasm', '--data', 'missing.txt'], 'missing.txt: the file cannot be read'],
    [['dependency', '--backend', 'wasm', '--heads', '3'], 'received 3, allowed divisors of the width 128'],
    [['dependency', '--backend', 'wasm', '--vocab', '4'], 'allowed whole numbers above firstId 4'],
    [['dependency', '--model', 'missing', '--backend', 'wasm'], 'missing: not a readable safetensors file'],
    [['dependency', '--model', 'a', '--width', '64'], '--width does nothing beside --model'],
    [['dependency', '--model', 'a', '--depth', '4'], '--depth does nothing beside --model'],
    [['repeat', 'missing.json'], 'missing.json: the file cannot be read'],
    [['nonsense'], "unknown command 'nonsense'"],
  ])('says what is wrong in one line, exit code 2, writes nothing: %j', async (args, message) => {
    const { code, out, error } = await run(...args);
    expect(error).toContain(message);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  const long = 'x'.repeat(1e5);
  it.each<readonly [string, readonly string[]]>([
    [`unknown name '${'x'.repeat(90)}`, ['predict', '-a', long]],
    ['is invalid. allowed: whole numbers >= 1.', ['predict', '--width', long]],
    [`unknown command '${'x'.repeat(90)}`, [long]],
    ['its name is too long', ['predict', '--out', `/tmp/${long}.json`]],
    ['the file cannot be written', ['predict', '--out', '/dev/null/x.json']],
  ])('says in one short line: %s', async (message, args) => {
    const { code, error } = await run(...args);
    expect(code).toBe(2);
    expect(error).toMatch(/^error: [^\n]{1,1000}\n$/);
    expect(error).toContain(message);
  });

  it.each([[{ arguments: ['predict', 1] }], [{ arguments: ['predict'], files: { x: 1 } }]])(
    'repeats no provenance such as %j',
    async (wrong) => {
      const file = join(folder, 'one.json');
      const provenance = { tool: 'steadyformer-analysis', files: {}, ...wrong };
      await writeFile(file, JSON.stringify({ provenance }));
      const { code, error } = await run('repeat', file);
      expect(code).toBe(2);
      expect(error).toContain('not a result of this program');
    },
  );

  it('repeats no repetition of itself', async () => {
    const file = join(folder, 'one.json');
    const provenance = { tool: 'steadyformer-analysis', files: {}, arguments: ['repeat', file] };
    await writeFile(file, JSON.stringify({ provenance }));
    expect(await run('repeat', file)).toMatchObject({ code: 2, error: expect.stringContaining("'repeat'") });
  });
});
