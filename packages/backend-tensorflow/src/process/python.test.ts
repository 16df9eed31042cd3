import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { downloadArguments } from '../library/fetch';
import { place } from '../testing/trees';
import { tensorflowOf } from './python';
import { run } from './run';

const python = run('python3', ['--version']).status === 0;

test.skipIf(!python)('modules of the working directory are not taken for those of Python', () => {
  // Below the working directory of the tests, since the programs run in theirs.
  const folder = mkdtempSync(join(process.cwd(), '.modules-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  place(join(folder, 'tensorflow', '__init__.py'));
  place(join(folder, 'pip', '__init__.py'));
  place(join(folder, 'pip', '__main__.py'), 'print("not pip")');
  const here: typeof run = (command, args) =>
    run('sh', ['-c', 'cd "$0" && exec "$@"', folder, command, ...args]);
  expect(here('python3', ['-m', 'pip', '--version']).stdout).toBe('not pip\n');
  expect(tensorflowOf('python3', here) ?? '').not.toContain(folder);
  const [flag = '', program = ''] = downloadArguments('cpu', '2.21.0', folder);
  expect(here('python3', [flag, program, '--version']).stdout).not.toContain('not pip');
});
