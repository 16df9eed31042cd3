import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lettersDefinedIn, lettersIn } from './shapes';
import { isTest, packages, root, sourceFiles } from './workspaces';

describe('reading shapes', () => {
  it('finds the letters of shapes in comments, and nothing else', () => {
    const text = `
      /** Heads [B, T, (H + 2 G) Dh] of rows [..., 2 N], by [length, width]. See [Admin] and ['Q']. */
      const a = b[I]; // [V, D]
      // saved is [y, x W + b]; E[X^2], [W_k], Var[A_i]
      const c = '[Z, Z]';`;
    expect([...lettersIn(text)]).toEqual(['B', 'T', 'H', 'G', 'Dh', 'N', 'V', 'D']);
  });

  it('finds the letters that an index defines', () => {
    const text = `/**
 * A package of \`C\`.
 *
 * Shapes in comments: \`B\` sentences,
 * \`Dh\` features.
 *
 * Then \`X\`.
 */
export { a } from './a';`;
    expect([...lettersDefinedIn(text)]).toEqual(['B', 'Dh']);
    expect([...lettersDefinedIn("/** No shapes: `B`. */\nexport { a } from './a';")]).toEqual([]);
  });
});

describe.each(packages)('shapes in the comments of $path', ({ folder }) => {
  const files = sourceFiles(`${folder}/src`).filter((file) => !isTest(file));
  const read = (file: string): string => readFileSync(file, 'utf8');
  const defined = lettersDefinedIn(read(`${folder}/src/index.ts`));
  const used = new Map(files.map((file) => [relative(root, file), lettersIn(read(file))] as const));

  it('are written in the letters that its index defines', () => {
    const wrong = [...used].flatMap(([file, letters]) =>
      [...letters].filter((letter) => !defined.has(letter)).map((letter) => `${file}: ${letter}`),
    );
    expect(wrong).toEqual([]);
  });

  it('use every letter that it defines', () => {
    const all = new Set([...used.values()].flatMap((letters) => [...letters]));
    expect([...defined].filter((letter) => !all.has(letter))).toEqual([]);
  });
});
