import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrace } from '@steadyformer/analysis';
import { describe, expect, it } from 'vitest';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('analysis-trace');
const trace = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.jsonl`, import.meta.url));

describe('a trace that PyTorch wrote', () => {
  it.each([
    ['preLN', 'O(log N), steady', 'Theory predicts O(log N)'],
    ['postLN', 'O(N), amplifies', 'Theory predicts O(N)'],
  ])('is judged, with theory and without (%s)', async (name, verdict, theory) => {
    const alone = await analyse('verdict', trace(name));
    expect(alone.code, alone.error).toBe(0);
    expect(alone.out).toContain(`${name}: ${verdict}.`);
    expect(alone.out).not.toContain('Theory');
    const { out } = await analyse('verdict', trace(name), '--method', name);
    expect(out).toContain(`${name}: ${verdict}.`);
    expect(out).toContain(theory);
  });

  it('is fitted, drawn and made again', async () => {
    const [json, svg] = [join(folderOf(), 'fit.json'), join(folderOf(), 'fit.svg')];
    const { code, out } = await analyse('fit', trace('preLN'), '--method', 'preLN', '--out', json, svg);
    expect(code).toBe(0);
    for (const part of ['theory, C fitted', 'a + b ln(N + c)', 'D_0 + C sum beta_ii^2'])
      expect(out).toContain(part);
    expect(await readFile(svg, 'utf8')).toContain('theory, C fitted');
    expect((await analyse('repeat', json)).out).toBe(out);
    expect((await analyse('fit', trace('preLN'))).out).toContain(
      'No theory: no residual method is named by which branches join.',
    );
  });

  it.each(['output-change', 'branch-variance', 'stream-variance'])('has its %s drawn', async (kind) => {
    const svg = join(folderOf(), 'figure.svg');
    const { code, out } = await analyse('figure', trace('postLN'), '--kind', kind, '--out', svg);
    expect(code).toBe(0);
    expect(out.length).toBeGreaterThan(20);
    expect(await readFile(svg, 'utf8')).toContain('<svg');
  });

  it('is refused by file and line', async () => {
    const file = join(folderOf(), 'broken.jsonl');
    const line = '{"path": "a", "step": 0, "kind": "output-change", "value": 1}\n';
    for (const [text, message] of [
      [`${line}{"path": "a"`, 'broken.jsonl, line 2: it is not JSON'],
      [`\n${line.replace('change', 'changes')}`, 'broken.jsonl, line 2.kind: received'],
      [line, `broken.jsonl: fitGrowth(): 1 points received, a fit needs 4 or more.`],
      ['', 'broken.jsonl: it holds no measurement.'],
    ] as const) {
      await writeFile(file, text);
      const { code, error } = await analyse('fit', file);
      expect(code).toBe(2);
      expect(error).toContain(message);
    }
    expect((await analyse('fit', trace('preLN'), '--method', 'preNL')).error).toContain(
      "did you mean 'preLN'?",
    );
    expect((await analyse('fit', trace('preLN'), '--block', 'a')).error).toContain(
      '--block does nothing without --method',
    );
    expect((await analyse('figure', trace('preLN'), '--kind', 'gradient-norm')).error).toContain(
      "no lines of kind 'gradient-norm'; it has stream-variance, branch-variance, output-change",
    );
  });
});

/** One that has PyTorch. */
const python = process.env.STEADYFORMER_PYTHON ?? 'python3';
const hasTorch = ((): boolean => {
  try {
    execFileSync(python, [
      '-c',
      'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)',
    ]);
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasTorch)('the PyTorch hook (skipped where STEADYFORMER_PYTHON has no torch)', () => {
  it('writes what is read, of the same places, with the same verdict', { timeout: 120_000 }, async () => {
    await mkdir(join(folderOf(), 'new'));
    const program = fileURLToPath(new URL('../../python/make_trace.py', import.meta.url));
    execFileSync(python, ['-B', program, join(folderOf(), 'new')], { stdio: 'pipe' });
    for (const name of ['preLN', 'postLN']) {
      const [made, committed] = await Promise.all(
        [join(folderOf(), 'new', `${name}.jsonl`), trace(name)].map(async (file) =>
          readTrace(await readFile(file, 'utf8')),
        ),
      );
      expect(made!.map(({ value, ...rest }) => rest)).toEqual(committed!.map(({ value, ...rest }) => rest));
      const { out } = await analyse('verdict', join(folderOf(), 'new', `${name}.jsonl`));
      expect(out).toContain(name === 'preLN' ? 'steady' : 'amplifies');
    }
  });
});
