import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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

const lines = readFileSync(at('README.md'), 'utf8')
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

it('takes two text files to a model, by the lines of the README', async () => {
  if (!existsSync(program)) throw new Error('packages/cli is not built; run: npm run build');
  expect(lines.map(([command]) => command)).toEqual(['init', 'train', 'train']);
  for (const line of lines) {
    const args = line[0] === 'train' ? [...line, ...SHORT] : line;
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: folder });
    expect(stdout).not.toBe('');
  }
  const translator = await loadTranslator(join(folder, 'runs', 'model', 'model'));
  const [translation] = await translator.translate(['Inserts a new column.'], { maxLength: () => 5 });
  expect(typeof translation!.text).toBe('string');
  translator.model.dispose();
  expect(readFileSync(join(folder, 'config.yaml'), 'utf8')).toContain('# ');
}, 240_000);
