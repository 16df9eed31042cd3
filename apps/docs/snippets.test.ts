import { describe, expect, test } from 'vitest';
import { missingIn } from './testing/commands';
import { absentBackend, bundlePrograms, runProgram, typeErrors, writePrograms } from './testing/programs';
import { known, pages, readPage } from './testing/repository';
import { isProgram, isShell, outputOf, reasonNotToRun, snippetsOf } from './testing/snippets';

const shown = pages().flatMap((page) => snippetsOf(page, readPage(page)));
const programs = writePrograms(shown.filter(isProgram));
const errors = typeErrors([...programs.values()]);
const run = [...programs].flatMap(([snippet, file]) => (reasonNotToRun(snippet) ? [] : [file]));
const built = await bundlePrograms(run);

test('there are programs to check', () => {
  expect(programs.size).toBeGreaterThan(0);
});

test('every output that is shown is that of a program that runs', () => {
  const checked = shown.filter((one) => programs.has(one) && !reasonNotToRun(one) && outputOf(one, shown));
  expect(checked.length).toBe(shown.filter(({ info }) => info === 'output').length);
});

describe.each(
  [...programs].map(([snippet, file]) => [`${snippet.page}:${snippet.line}`, snippet, file] as const),
)('%s', (_, snippet, file) => {
  test('has no type error', () => {
    expect(errors.get(file)).toEqual([]);
  });

  test('runs', async (context) => {
    const reason = reasonNotToRun(snippet);
    if (reason) return context.skip(reason);
    const { ok, stdout, stderr } = await runProgram(built.get(file)!);
    const said = outputOf(snippet, shown);
    if (ok && said !== undefined) expect(stdout).toBe(said);
    if (ok) return;
    const absent = await absentBackend(snippet.code);
    if (absent) return context.skip(absent);
    expect.fail(stderr);
  });
});

const shells = shown.filter(isShell);
test.each(shells.map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
  'the commands of %s exist',
  (_, { code }) => {
    expect(missingIn(code, known())).toEqual([]);
  },
);
