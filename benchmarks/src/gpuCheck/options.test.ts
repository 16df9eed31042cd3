import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseOptions } from './options';

const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'steadyformer-gpu-check-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  mkdirSync(join(made, 'project/node_modules/@tensorflow'), { recursive: true });
  mkdirSync(join(made, 'wheels'));
  return made;
};

test('paths are those of where it was called', () => {
  const cwd = folder();
  const args = ['--project', 'project', '--wheels', './wheels', '--out', 'x.json', '--torch', 'python3'];
  expect(parseOptions(args, cwd)).toEqual({
    project: join(cwd, 'project'),
    source: ['--wheels', join(cwd, 'wheels')],
    torch: 'python3',
    out: join(cwd, 'x.json'),
    budget: 570,
    small: false,
  });
});

test('PyTorch is that of the Python that is known here, where there is one', () => {
  const cwd = folder();
  const torchOf = (python: string) => parseOptions(['--project', 'project'], cwd, python).torch;
  expect(torchOf(join(cwd, 'wheels'))).toBe(join(cwd, 'wheels'));
  expect(torchOf(join(cwd, 'gone'))).toBeUndefined();
});

test.each([
  [[], /--project is needed/],
  [['--project', 'nowhere'], /--project: there is no .*nowhere$/],
  [['--project', 'wheels'], /there is no .*wheels\/node_modules\/@tensorflow$/],
  [['--project', 'project', '--wheels', 'gone'], /--wheels: there is no .*gone$/],
  [['--project', 'project', '--budget', 'long'], /--budget: received 'long'/],
  [['--project', 'project', '--fast'], /--fast/],
])('%j is refused by what is wrong', (args, message) => {
  expect(() => parseOptions(args, folder())).toThrow(message);
});
