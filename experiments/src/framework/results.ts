import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { SteadyformerError } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import { toSvg } from 'steadyformer';
import * as v from 'valibot';
import type { Claim, Item, Preset, Word } from './item';
import { PRESETS, WORDS } from './item';
import { provenance } from './provenance';
import { readJson } from './work';

const FORMAT = 'steadyformer-experiment';

const claim = v.object({ claim: v.string(), word: v.picklist(WORDS), found: v.string() });

const envelope = v.object({
  format: v.literal(FORMAT),
  /** The item's version that the points are of. */
  version: v.number(),
  item: v.string(),
  preset: v.picklist(PRESETS),
  /** Sizes, as the preset held them. */
  size: v.record(v.string(), v.unknown()),
  seeds: v.array(v.number()),
  command: v.string(),
  provenance,
  backend: v.string(),
  /** Of the first process. */
  date: v.string(),
  /** Wall time of all processes, training included. */
  seconds: v.number(),
  verdict: v.object({ word: v.picklist(WORDS), claims: v.array(claim) }),
  points: v.array(v.unknown()),
});
export type Result = v.InferOutput<typeof envelope>;

/** `results/` of this workspace. */
export const resultsFolder: string = fileURLToPath(new URL('../../results', import.meta.url));

/** Name of the result, without ending: of sizes other than `small` it says so. */
export const stemOf = (name: string, preset: Preset): string =>
  preset === 'small' ? name : `${name}-${preset}`;

/** The worst of the words: what disagrees first. */
export const overall = (claims: readonly Claim[]): Word => {
  const words = claims.map(({ word }) => word);
  if (words.includes('disagrees')) return 'disagrees';
  return words.length === 0 || words.includes('cannot tell') ? 'cannot tell' : 'agrees';
};

/** A result from its points: the verdict follows from them. */
export const resultOf = async (
  item: Item,
  rest: Omit<Result, 'format' | 'version' | 'item' | 'verdict'>,
): Promise<Result> => {
  const claims = [...(await item.verdict(v.parse(v.array(item.point), rest.points)))];
  const { points, ...provenanceOf } = rest;
  return {
    format: FORMAT,
    version: item.version,
    item: item.name,
    ...provenanceOf,
    verdict: { word: overall(claims), claims },
    points,
  };
};

/** The picture of a result, as SVG. */
export const drawn = async (item: Item, { points }: Pick<Result, 'points'>): Promise<string> =>
  toSvg(await item.figure(v.parse(v.array(item.point), points)));

/**
 * Reads a result; undefined where there is none.
 *
 * @param force takes points of another version of the item too
 * @throws SteadyformerError on one that is damaged, or of another version
 */
export const readResult = async (
  item: Item,
  preset: Preset,
  { folder = resultsFolder, force = false }: { readonly folder?: string; readonly force?: boolean } = {},
): Promise<Result | undefined> => {
  const path = join(folder, `${stemOf(item.name, preset)}.json`);
  const result = await readJson(path, envelope);
  if (!result) return undefined;
  const command = `npm run experiment -- ${item.name}${preset === 'small' ? '' : ` --preset ${preset}`}`;
  if (result.item !== item.name) {
    throw new SteadyformerError(`${path}: the result of '${result.item}'. Make it anew: ${command}`);
  }
  const odd = [
    ...(result.version === item.version ? [] : [`version ${result.version}, now ${item.version}`]),
    ...(isDeepStrictEqual(result.size, item.presets[preset]) ? [] : ['other sizes than the preset has now']),
  ];
  if (odd.length > 0 && !force) {
    throw new SteadyformerError(
      `${path}: of ${odd.join(' and ')}. Make it anew, ${command}, or take it all the same with --redraw --force.`,
    );
  }
  const points = v.safeParse(v.array(item.point), result.points);
  if (points.success) return result;
  throw new SteadyformerError(
    `${path}: points that are none of ${item.name} (${v.getDotPath(points.issues[0]) ?? ''}: ${points.issues[0].message}). Make it anew: ${command}`,
  );
};

/** JSON with a point a line, so that a change of one is seen as that. */
const textOf = ({ points, ...head }: Result): string => {
  const lines = points.map((point) => `  ${JSON.stringify(point)}`);
  return `${JSON.stringify(head, null, 1).slice(0, -2)},\n "points": [\n${lines.join(',\n')}\n ]\n}\n`;
};

/** Writes a result and its picture; returns the paths. */
export const writeResult = async (
  item: Item,
  result: Result,
  folder: string = resultsFolder,
): Promise<string[]> => {
  const stem = join(folder, stemOf(item.name, result.preset));
  const svg = await drawn(item, result);
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(`${stem}.json`, textOf(result));
  await writeFileAtomic(`${stem}.svg`, svg);
  const files = [`${stem}.json`, `${stem}.svg`];
  if (!item.csv) return files;
  await writeFileAtomic(`${stem}.csv`, await item.csv(v.parse(v.array(item.point), result.points)));
  return [...files, `${stem}.csv`];
};
