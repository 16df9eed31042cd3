import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
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
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('analysis');

const small = ['--width', '16', '--sentences', '2', '--length', '8', '--vocab', '50', '--backend', 'wasm'];

describe('steadyformer analyse', () => {
  it('checks architectures over depth: table, chart, fits, verdicts, files', async () => {
    const files = ['check.json', 'check.csv', 'check.svg', 'check.png'].map((name) => join(folderOf(), name));
    const { code, out, error } = await analyse(
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

  it('checks coordinates over depths and widths, of an architecture each', async () => {
    const files = ['coordinates.json', 'coordinates.svg'].map((name) => join(folderOf(), name));
    const { code, out, error } = await analyse(
      ...['coordinate-check', ...small, '-a', 'postLN,preLN', '--depths', '1,2', '--widths', '8,16'],
      ...['--updates', '0,2', '--out', ...files],
    );
    expect(error).toContain('preLN: 4 of 4 networks');
    expect(code).toBe(0);
    expect(out).toMatch(/^postLN +8 +1 +2 +output +\d/m);
    expect(out).toMatch(/^preLN, width 16, after 2: the change of the output goes as blocks\^/m);
    const { checks, provenance } = JSON.parse(await readFile(files[0]!, 'utf8'));
    expect(checks.postLN.points).toHaveLength(2 * 2 * (2 + 3));
    expect(provenance).toMatchObject({ command: 'coordinate-check' });
    expect(await readFile(files[1]!, 'utf8')).toContain('Blocks, all of a network');
    const fixed = await analyse('coordinate-check', '--model', 'a.safetensors', '--backend', 'wasm');
    expect(fixed.error).toContain('a saved model has one depth');
  });

  it('says its version', async () => {
    expect(await analyse('--version')).toEqual({ code: 0, out: `${version}\n`, error: '' });
  });

  it('prints the same again', async () => {
    const args = ['output-change', ...small, '-a', 'preLN', '--depths', '1,2,3,4', '--seeds', '1'];
    const [one, two] = [await analyse(...args), await analyse(...args)];
    expect(one.code).toBe(0);
    expect(two.out).toBe(one.out);
  });

  it('reads text and ids', async () => {
    const text = join(folderOf(), 'text.txt');
    await writeFile(text, 'a b a c a d\nthe a b\n\na b c d e f g h i j\n');
    const ids = join(folderOf(), 'ids.txt');
    await writeFile(ids, '4 5 6\n7 8\n');
    for (const file of [text, ids]) {
      const { code, out } = await analyse(
        'dependency',
        ...small,
        '-a',
        'preLN',
        '--depth',
        '2',
        '--data',
        file,
      );
      expect(code).toBe(0);
      expect(out).toContain('encoder.layers.1.feedForward');
    }
  });

  it('measures gradients of encoder and decoder', async () => {
    const { code, out } = await analyse('gradients', ...small, '-a', 'postLN', '--depth', '2');
    expect(code).toBe(0);
    expect(out).toContain('decoder.layers.1.crossAttention');
    expect(out).toMatch(/postLN decoder: \|dx_0\| \/ \|dx_N\| = /);
  });

  /** A model of each kind as a file whose metadata hold its config, as checkpoints have it. */
  const save = async (name: string, config: FullConfig, seed = 1): Promise<string> => {
    const file = join(folderOf(), name);
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
    const json = join(folderOf(), 'own.json');
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
        const { code, out, error } = await analyse(...args, ...from);
        expect(code, error).toBe(0);
        expect(out).toContain(expected);
      }
    }
    const { code, out, error } = await analyse('predict', '--model', saved, ...batch);
    expect(code, error).toBe(0);
    expect(out).toContain(`${stack}.layers.3.feedForward`);
  });

  it('compares saved models, and draws updates against gradients where a config is known', async () => {
    const config = encoder({ ...shape, method: postLN() }).config;
    const files = [await save('one.safetensors', config, 1), await save('two.safetensors', config, 2)];
    const png = join(folderOf(), 'updates.png');
    const { code, out } = await analyse('updates', ...files, ...batch, '--out', png);
    expect(code).toBe(0);
    expect(out).toMatch(/path +update +weight +ratio +gradient/);
    expect(out).toContain('embedding.table');
    expect([...(await readFile(png)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('compares bare weights without a figure, or with the config that is named', async () => {
    const bareModel = encoder({ ...shape, method: postLN() });
    const [bare, json] = [join(folderOf(), 'bare.safetensors'), join(folderOf(), 'model.json')];
    await writeSafetensors(bare, await stateDict(bareModel));
    await writeFile(json, JSON.stringify(bareModel.config));
    const svg = join(folderOf(), 'updates.svg');
    const without = await analyse('updates', bare, bare, ...batch);
    expect(without.code).toBe(0);
    expect(without.out).not.toContain('gradient');
    const refused = await analyse('updates', bare, bare, ...batch, '--out', svg);
    expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('name it with --config') });
    const named = await analyse(
      'updates',
      bare,
      bare,
      ...batch,
      '--config',
      json,
      '--out',
      join(folderOf(), 'u.csv'),
    );
    expect(named.code).toBe(0);
    expect(named.out).toContain('gradient');
    await mkdir(join(folderOf(), 'other'));
    const twin = await save('other/bare.safetensors', bareModel.config);
    const both = await analyse('dependency', '--model', twin, bare, '--config', json, ...batch);
    expect(both.out).toContain(twin);
    expect(both.out).toContain(`${bare} `);
    const alone = await analyse('dependency', '--model', bare, ...batch);
    expect(alone).toMatchObject({ code: 2, error: expect.stringContaining('without a config') });
    expect((await analyse('dependency', '--model', bare, '--config', json, ...batch)).code).toBe(0);
  });

  it('makes a result again from its JSON, and not from changed files', async () => {
    const text = join(folderOf(), 'text.txt');
    await writeFile(text, 'a b a c a d\nthe a b\na b c d e f g h i j\n');
    const [one, two] = [join(folderOf(), 'one.json'), join(folderOf(), 'two.json')];
    const first = await analyse(
      ...['depth-check', ...small, '-a', 'admin', '--depths', '1,2,3,4', '--seeds', '2', '--data', text],
      ...['--out', one],
    );
    expect(first.code).toBe(0);
    const second = await analyse('repeat', one, '--out', two);
    expect(second.out).toBe(first.out);
    expect(JSON.parse(await readFile(two, 'utf8'))).toEqual(JSON.parse(await readFile(one, 'utf8')));
    await writeFile(text, 'other words\n');
    const changed = await analyse('repeat', one);
    expect(changed).toMatchObject({ code: 2, error: expect.stringContaining('is not the one') });
  });

  it('predicts without a network', async () => {
    const { code, out } = await analyse('predict', '--depth', '3');
    expect(code).toBe(0);
    expect(out).toMatch(/gradient +correlation +entropy +largest logit\n/);
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
    const { code, out, error } = await analyse(...args);
    expect(error).toContain(message);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(await readdir(folderOf())).toEqual([]);
  });

  const long = 'x'.repeat(1e5);
  it.each<readonly [string, readonly string[]]>([
    [`unknown name '${'x'.repeat(90)}`, ['predict', '-a', long]],
    ['is invalid. allowed: whole numbers >= 1.', ['predict', '--width', long]],
    [`unknown command '${'x'.repeat(90)}`, [long]],
    ['its name is too long', ['predict', '--out', `/tmp/${long}.json`]],
    ['the file cannot be written', ['predict', '--out', '/dev/null/x.json']],
  ])('says in one short line: %s', async (message, args) => {
    const { code, error } = await analyse(...args);
    expect(code).toBe(2);
    expect(error).toMatch(/^error: [^\n]{1,1000}\n$/);
    expect(error).toContain(message);
  });

  it.each([[{ arguments: ['predict', 1] }], [{ arguments: ['predict'], files: { x: 1 } }]])(
    'repeats no provenance such as %j',
    async (wrong) => {
      const file = join(folderOf(), 'one.json');
      const provenance = { tool: 'steadyformer-analysis', files: {}, ...wrong };
      await writeFile(file, JSON.stringify({ provenance }));
      const { code, error } = await analyse('repeat', file);
      expect(code).toBe(2);
      expect(error).toContain('not a result of this program');
    },
  );

  it('repeats no repetition of itself', async () => {
    const file = join(folderOf(), 'one.json');
    const provenance = { tool: 'steadyformer-analysis', files: {}, arguments: ['repeat', file] };
    await writeFile(file, JSON.stringify({ provenance }));
    expect(await analyse('repeat', file)).toMatchObject({
      code: 2,
      error: expect.stringContaining("'repeat'"),
    });
  });
});
