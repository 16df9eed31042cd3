import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item, Preset, Word } from '../../../experiments/src/framework/item';
import { type Result, readResult, resultsFolder, stemOf } from '../../../experiments/src/framework/results';
import { items } from '../../../experiments/src/items/index';
import { ROOT } from '../scripts/packages.mjs';

/** Sizes whose results are shown. */
const SHOWN: readonly Preset[] = ['small', 'paper'];

/** A result without its points, and where its files are. */
export interface ItemResult extends Omit<Result, 'points'> {
  readonly points: number;
  /** Name of the result's files, without ending. */
  readonly stem: string;
  /** Of the picture, in pixels. */
  readonly picture: { readonly width: number; readonly height: number };
}

/** What the pages say of one item of the experiments. */
export interface ItemFacts {
  readonly name: string;
  readonly paper: string;
  readonly states: string;
  /** README.md of its folder. */
  readonly readme: string;
  readonly results: readonly ItemResult[];
}

export type { Word };

const pictureOf = (stem: string): ItemResult['picture'] => {
  const path = join(resultsFolder, `${stem}.svg`);
  if (!existsSync(path)) throw new Error(`${path} is not there, beside the JSON of the same name`);
  const [, width, height] =
    /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/u.exec(readFileSync(path, 'utf8')) ?? [];
  return { width: Number(width), height: Number(height) };
};

const resultOf = async (item: Item, preset: Preset): Promise<ItemResult[]> => {
  const result = await readResult(item, preset);
  if (!result) return [];
  const stem = stemOf(item.name, preset);
  return [{ ...result, points: result.points.length, stem, picture: pictureOf(stem) }];
};

const factsOf = async (item: Item): Promise<ItemFacts> => ({
  name: item.name,
  paper: item.paper,
  states: item.states,
  readme: readFileSync(join(ROOT, 'experiments/src/items', item.name, 'README.md'), 'utf8'),
  results: (await Promise.all(SHOWN.map((preset) => resultOf(item, preset)))).flat(),
});

/** Every item of the experiments, in the order of their table. */
export const data = (): Promise<ItemFacts[]> => Promise.all(items.map(factsOf));
