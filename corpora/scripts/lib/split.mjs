// Train / validation / test: whole groups on one side, no masked twin across.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ group: string, en: string, de: string }} Pair
 * @typedef {{ train: Pair[], valid: Pair[], test: Pair[] }} Split
 */

/** A fixed pseudo-random order of names that no later addition disturbs. @param {string} name */
export const rank = (name) => createHash('sha256').update(name).digest('hex');

/**
 * Fills test, then valid, with whole groups in the order of `rank` until each holds `size` pairs; a pair with a
 * masked twin outside its own part is dropped from test (then valid). What is left trains.
 * @param {Pair[]} pairs
 * @param {{ size: number, masks: ((pair: Pair) => string)[], eligible?: (group: Pair[], rest: Pair[]) => boolean }} options
 * @returns {Split & { dropped: number }}
 */
export const splitByGroup = (pairs, { size, masks, eligible = () => true }) => {
  /** @type {Map<string, Pair[]>} */
  const groups = new Map();
  for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair]);
  const order = [...groups.keys()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const keys = (/** @type {Pair} */ pair) => masks.map((mask, i) => `${i} ${mask(pair)}`);
  /** @type {Map<string, number>} */
  const twins = new Map();
  for (const pair of pairs) for (const key of keys(pair)) twins.set(key, (twins.get(key) ?? 0) + 1);

  let rest = pairs;
  let dropped = 0;
  const take = () => {
    /** @type {Pair[]} */
    const part = [];
    while (part.length < size) {
      const name = order.shift();
      if (name === undefined) throw new Error(`only ${part.length} of ${size} pairs could be held out`);
      const group = groups.get(name) ?? [];
      const others = rest.filter((pair) => pair.group !== name);
      if (!eligible(group, others)) continue;
      rest = others;
      part.push(...group);
    }
    return part;
  };
  const without = (/** @type {Pair[]} */ part, /** @type {Pair[]} */ others) => {
    const seen = new Set(others.flatMap(keys));
    const kept = part.filter((pair) => !keys(pair).some((key) => seen.has(key)));
    dropped += part.length - kept.length;
    return kept;
  };
  const test = take();
  const valid = take();
  const keptTest = without(test, [...rest, ...valid]);
  return { train: rest, valid: without(valid, [...rest, ...keptTest]), test: keptTest, dropped };
};

/** Writes `train.en`, `train.de`, ... @param {string} folder @param {Split} split */
export const writeSplit = (folder, split) => {
  mkdirSync(folder, { recursive: true });
  for (const part of /** @type {const} */ (['train', 'valid', 'test'])) {
    for (const side of /** @type {const} */ (['en', 'de'])) {
      writeFileSync(join(folder, `${part}.${side}`), split[part].map((pair) => `${pair[side]}\n`).join(''));
    }
    process.stdout.write(`${part}: ${split[part].length} pairs\n`);
  }
};
