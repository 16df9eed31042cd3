import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadTranslator } from '@steadyformer/translate/node';
import { afterAll, expect, it } from 'vitest';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const program = at('packages/cli/dist/bin/steadyformer.js');

/** The bundled text lies where the README says, whatever is written stays out of the repository. */
const folder = mkdtempSync(join(tmpdir(), 'steadyformer-readme-'));
symlinkSync(at('corpora'), join(folder, 'corpora'));
afterAll(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(at('README.md'), 'utf8');
const lines = readme
  .split('\n')
  .filter((line) => line.startsWith('npx steadyformer '))
  .map((line) => line.split(' ').slice(2));

/** Few updates, as all else takes its time. */
const SHORT = [
  'training.updates=3',
  'vocabulary.merges=200',
  'model.depth=1',
  'model.width=32',
  'batches.maxTokens=256',
]
  .concat('validation.sentences=2', 'data.holdOut={ valid: 20, test: 2 }')
  .flatMap((setting) => ['--set', setting]);

/** What the served model answers to the README's request, and how the server ends when it is told to. */
const servedSaying = async (line: readonly string[]) => {
  const server = spawn(process.execPath, [program, ...line, '--port', '0'], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => server.on('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout.on('data', (text) => resolve(/listening on (\S+):/.exec(String(text))?.[1] ?? ''));
    server.on('exit', () => reject(new Error('the server ended')));
  });
  const [, path, header, body] = /^curl http:\/\/[^/]+(\/\S+) -H 'content-type: (\S+)' -d '(.+)'$/m.exec(
    readme,
  )!;
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': header! },
    body: body!,
  });
  const said = (await response.json()) as { model: string; translations: unknown[] };
  server.kill('SIGTERM');
  return [said, await ended] as const;
};

/** The same of running text. */
const SHORT_TEXT = SHORT.flatMap((setting, i) =>
  /^(validation|data)/.test(setting) || /^(validation|data)/.test(SHORT[i + 1] ?? '') ? [] : [setting],
);

/** Short translations, as the model has learned next to nothing. */
const FEW = ['--beam', '1', '--max-length', '4'];
const OWN: Readonly<Record<string, readonly string[]>> = {
  train: SHORT,
  translate: FEW,
  score: ['--samples', '20'],
  evaluate: [...FEW, '--samples', '20'],
};

const OF_TEXT: Readonly<Record<string, readonly string[]>> = {
  train: SHORT_TEXT,
  generate: ['--max-length', '4'],
};

it('takes two text files to a model, and to what uses it, by the lines of the README', async () => {
  if (!existsSync(program)) throw new Error('packages/cli is not built; run: npm run build');
  expect(lines.map(([command]) => command)).toEqual([
    ...['init', 'train', 'train', 'translate', 'score', 'evaluate', 'export', 'serve'],
    ...['init', 'train', 'generate', 'evaluate'],
  ]);
  const served = lines.findIndex(([command]) => command === 'serve');
  for (const [i, line] of lines.entries()) {
    if (i === served) continue;
    const own = i > served ? OF_TEXT : OWN;
    const args = [...line, ...(own[line[0]!] ?? [])];
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder });
    if (!args.includes('--out')) expect(stdout).not.toBe('');
  }
  expect(readdirSync(join(folder, 'exported', 'ctranslate2'))).toContain('model.bin');
  const translated = readFileSync(join(folder, 'test.de'), 'utf8').split('\n');
  expect(translated).toHaveLength(369);
  const translator = await loadTranslator(join(folder, 'runs', 'model', 'model'));
  const [translation] = await translator.translate(['Inserts a new column.'], { maxLength: () => 5 });
  expect(typeof translation!.text).toBe('string');
  translator.model.dispose();
  const [said, code] = await servedSaying(lines[served]!);
  expect([said.model, said.translations.length, code]).toEqual(['model', 1, 0]);
  expect(readFileSync(join(folder, 'config.yaml'), 'utf8')).toContain('# ');
}, 240_000);
