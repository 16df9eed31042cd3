import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bash, buildCommand } from './process';

const PAGE = new URL('../../apps/docs/guide/sweeps.md', import.meta.url);
const recipes = [...(await readFile(PAGE, 'utf8')).matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(
  ([, code = '']) => code,
);
const interpreter = process.env.STEADYFORMER_PYTHON ?? 'python3';

const python = (...args: string[]): string =>
  execFileSync(interpreter, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const has = (module: string): boolean => {
  try {
    python('-c', `import importlib.util as u, sys; sys.exit(u.find_spec(${JSON.stringify(module)}) is None)`);
    return true;
  } catch {
    return false;
  }
};

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree'];
const CONFIG = `backend: cpu
replicas: 1
data: { train: { source: s.txt, target: s.txt }, valid: { source: s.txt, target: s.txt }, filter: { apply: false } }
vocabulary: { merges: 5 }
batches: { maxTokens: 40 }
model: { width: 8, heads: 2, depth: 1, feedForward: 8 }
training: { updates: 8 }
validation: { every: 4 }
checkpoints: { every: 4 }
watch: { every: 0 }
log: { tensorBoard: false }
`;

/** A folder as the page has it: the config, its text and the installed command. */
const project = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'steadyformer-recipes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  const command = join(folder, 'node_modules/.bin/steadyformer');
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${await buildCommand()}' "$@"\n`);
  await chmod(command, 0o755);
  await writeFile(join(folder, 'config.yaml'), CONFIG);
  const text = WORDS.map((word, i) => `${word} ${WORDS[(i + 2) % 6]} ${WORDS[(i * i) % 6]}`).join('\n');
  await writeFile(join(folder, 's.txt'), `${text}\n`);
  return folder;
};

const LONG = process.env.STEADYFORMER_LONG === '1';

describe.skipIf(process.platform === 'win32')('the recipes of sweeps.md', () => {
  test('are two programs of Python', (context) => {
    if (!has('ast')) return context.skip(`no ${interpreter} here`);
    expect(recipes).toHaveLength(2);
    for (const code of recipes) python('-c', 'import ast, sys; ast.parse(sys.argv[1])', code);
    expect(() => python('-c', 'import ast, sys; ast.parse(sys.argv[1])', 'def :')).toThrow();
  });

  test('call the command by arguments that it takes', async () => {
    const folder = await project();
    for (const code of recipes) {
      const [, shown = ''] = /command = \[([^\]]*)\]/.exec(code) ?? [];
      const words = shown.split(',').map((word) => word.trim().replace(/^(?:ROOT \/ )?"(.*)"$/, '$1'));
      expect(words.slice(0, 5)).toEqual([
        'node_modules/.bin/steadyformer',
        'train',
        'config.yaml',
        '--quiet',
        '--output',
      ]);
      const keys = [...code.matchAll(/"((?:optimizer|model)\.\w+)"/g)].map(([, key]) => key);
      expect(new Set(keys)).toEqual(new Set(['optimizer.peak', 'model.method']));
    }
    const settings = '--set optimizer.peak=0.0012 --set model.method=admin';
    const line = `cd ${folder} && node_modules/.bin/steadyformer train config.yaml --quiet --output sweeps/a ${settings}`;
    const { code, stderr } = await bash(await buildCommand(), [line], folder);
    expect([code, stderr]).toEqual([0, '']);
    // What both read of a run.
    const { best } = JSON.parse(await readFile(join(folder, 'sweeps/a/result.json'), 'utf8'));
    const log = (await readFile(join(folder, 'sweeps/a/log.jsonl'), 'utf8')).trim().split('\n');
    const losses = log
      .map((each) => JSON.parse(each))
      .flatMap(({ event, update, loss }) => (event === 'validation' ? [{ update, loss }] : []));
    expect(losses.map(({ update }) => update)).toEqual([4, 8]);
    expect(best).toBe(Math.min(...losses.map(({ loss }) => loss)));
  }, 120_000);

  test.for(['optuna', 'ray'].map((module, i) => [module, recipes[i]!] as const))(
    '%s makes its runs',
    { timeout: 600_000 },
    async ([module, recipe], context) => {
      if (!LONG) return context.skip('part of the long form');
      if (!has(module)) {
        return context.skip(`${interpreter} has no ${module}; name one that has in STEADYFORMER_PYTHON`);
      }
      const folder = await project();
      await writeFile(join(folder, 'recipe.py'), recipe);
      const out = execFileSync(interpreter, ['-B', 'recipe.py'], { cwd: folder, encoding: 'utf8' });
      const runs = await readdir(join(folder, 'sweeps', module));
      expect(runs).toHaveLength(3);
      const [, best] = /^([\d.]+) \{'optimizer\.peak'/m.exec(out) ?? [];
      const losses = await Promise.all(
        runs.map(async (run) => {
          const result = join(folder, 'sweeps', module, run, 'result.json');
          return JSON.parse(await readFile(result, 'utf8')).best as number;
        }),
      );
      expect(Number(best)).toBeCloseTo(Math.min(...losses), 6);
    },
  );
});
