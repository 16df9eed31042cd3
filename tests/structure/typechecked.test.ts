import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { root } from './workspaces';

const { scripts, workspaces, include, packages } = {
  ...(JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    readonly scripts: { readonly typecheck: string };
    readonly workspaces: readonly string[];
  }),
  ...(JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8')) as { readonly include: readonly string[] }),
  packages: JSON.parse(readFileSync(`${root}tsconfig.packages.json`, 'utf8')) as {
    readonly include: readonly string[];
  },
};

it('the types of every workspace are checked by one program of the two', () => {
  expect(scripts.typecheck).toContain('tsc -p tsconfig.packages.json && tsc &&');
  expect([...include, 'packages/*']).toEqual(expect.arrayContaining([...workspaces]));
  expect(packages.include).toContain('packages/*/src');
});
