import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTrace, readTrace } from '@steadyformer/analysis';
import { fromPretrained } from '@steadyformer/core/pretrained';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../scripts/packages.mjs';
import { readPage } from '../testing/repository';
import { snippetsOf } from '../testing/snippets';
import { cellsUnder, codeIn } from '../testing/tables';

const page = (name: string): string => readPage(`apps/docs/guide/${name}.md`);
const HOOK = join(ROOT, 'packages/cli/python');
const line = { path: 'a', step: 0, kind: 'output-change', value: 1 };
/** The names that an error lists. */
const named = (message: string): string[] =>
  [...(message.split('allowed ')[1] ?? '').matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name);
const refused = (value: object): string => {
  try {
    readTrace(JSON.stringify({ ...line, ...value }));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('pytorch-trace.md', () => {
  const blocks = snippetsOf('p', page('pytorch-trace'));
  const python = blocks.filter(({ language }) => language === 'python').map(({ code }) => code);

  test('names the fields and kinds of a line, all of them', () => {
    const first = (heading: string) =>
      cellsUnder(page('pytorch-trace'), heading).map(([cell = '']) => codeIn(cell)[0]);
    expect(first('What is measured').sort()).toEqual(named(refused({ kind: 'x' })).sort());
    const known = refused({ other: 1 }).split('Allowed: ')[1]!.split('.')[0]!.split(', ');
    expect(first('What a line holds').sort()).toEqual(known.sort());
  });

  test('shows a line that is one', () => {
    const [shown] = blocks.filter(({ language }) => language === 'json');
    expect(readTrace(shown!.code)).toEqual([JSON.parse(shown!.code)]);
  });

  test('calls the hook by arguments that it has', () => {
    const source = readFileSync(join(HOOK, 'steadyformer_trace.py'), 'utf8');
    const [, parameters = ''] = /def write_trace\(([^)]*)\)/.exec(source) ?? [];
    const [, given = ''] = /write_trace\((.*)\)$/m.exec(python[0]!) ?? [];
    const keywords = [...given.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
    expect(keywords).toEqual(['step', 'size', 'seeds']);
    for (const name of keywords) expect(parameters).toContain(name);
  });

  const interpreter = process.env.STEADYFORMER_PYTHON ?? 'python3';
  test('has a program that writes a trace', { timeout: 120_000 }, async (context) => {
    const find = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("torch") is None)';
    try {
      execFileSync(interpreter, ['-c', find], { stdio: 'ignore' });
    } catch {
      return context.skip(`${interpreter} has no torch; name one that has in STEADYFORMER_PYTHON`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'steadyformer-trace-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'program.py'), python[0]!);
    execFileSync(interpreter, ['-B', 'program.py'], {
      cwd: folder,
      stdio: 'pipe',
      env: { ...process.env, PYTHONPATH: HOOK },
    });
    const { points } = await checkTrace(readTrace(readFileSync(join(folder, 'trace.jsonl'), 'utf8')));
    expect(points.map(({ depth }) => depth)).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
  });
});

describe('pretrained.md', () => {
  test('names the architectures that are read', async () => {
    const source = { config: { model_type: 'x' }, tensors: {} };
    const error = await fromPretrained(source).catch((reason: Error) => reason);
    const rows = cellsUnder(page('pretrained'), 'What is read').map(([cell = '']) => codeIn(cell)[0]);
    expect(rows.sort()).toEqual(named((error as Error).message).sort());
  });
});
