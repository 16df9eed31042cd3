import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { entryOf } from '@steadyformer/core';

const EXTENSION = '.yaml';

/** Beside sources and build, wherever this file lies. */
const folder = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('@steadyformer/translate/package.json')), 'recipes');

/** The names of the configs that this package brings, to be read, copied and changed: YAML with comments. */
export const recipeNames = async (): Promise<string[]> =>
  (await readdir(folder()))
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => name.slice(0, -EXTENSION.length))
    .sort();

/**
 * The path of a recipe's file.
 *
 * @throws SteadyformerError on a name that there is none of, with the nearest
 */
export const recipePath = async (name: string): Promise<string> => {
  const paths = (await recipeNames()).map((each) => [each, join(folder(), `${each}${EXTENSION}`)] as const);
  return entryOf(Object.fromEntries(paths), name, 'recipe');
};
