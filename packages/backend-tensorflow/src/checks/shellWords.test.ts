import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { place, temporary } from '../testing/trees';
import { compilerFrom } from './inputs';
import { commandWords, shellWords } from './shellWords';

/** What `sh` makes of the text: each word in a line of its own. */
const shell = (text: string): string[] => {
  const { stdout } = spawnSync('sh', ['-c', `for word in ${text}; do printf '%s\\0' "$word"; done`], {
    encoding: 'utf8',
  });
  return stdout.split('\0').slice(0, -1);
};

describe('shellWords', () => {
  test.each([
    'g++',
    '  ccache   g++\t-m64 ',
    `'/opt/my tools/g++' -DA="b c" -DD='e"f'`,
    String.raw`-DX=\"y\" a\ b "c\\d" "e\"f" "g\h" 'i\j'`,
    `a''b "" 'x'"y"z`,
    'a\\\nb "c\\\nd"',
    'ünï -DÄ=ö',
  ])('splits %j as sh does', (text) => {
    expect(shellWords(text, 'CXX')).toEqual(shell(text));
  });

  test('expands nothing', () => {
    expect(shellWords('$HOME `id` "$(id)" *', 'CXX')).toEqual(['$HOME', '`id`', '$(id)', '*']);
  });

  test.each([
    ['"g++', /CXX is .*a " is not closed/],
    ["'g++", /a ' is not closed/],
    ['g++ \\', /nothing follows the backslash/],
  ])('refuses %j', (text, message) => {
    expect(() => shellWords(text, 'CXX')).toThrow(message);
  });
});

describe('a compiler', () => {
  test('settings before it work as in a shell', () => {
    expect(commandWords('CCACHE_DISABLE=1 ccache g++', 'CXX')).toEqual([
      'env',
      'CCACHE_DISABLE=1',
      'ccache',
      'g++',
    ]);
  });

  test('whose path holds a space is one word where the file is there', () => {
    const folder = temporary();
    place(`${folder}/my tools/g++`);
    expect(compilerFrom('CXX', './my tools/g++', {}, folder).words).toEqual([`${folder}/my tools/g++`]);
    expect(compilerFrom('CXX', './other tools/g++', {}, folder).words).toEqual([
      `${folder}/other`,
      'tools/g++',
    ]);
  });
});
