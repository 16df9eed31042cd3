import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import type { Item } from './item';
import { type Result, readResult } from './results';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const [BEGIN, END] = ['<!-- table: npm run experiment -- --table -->', '<!-- /table -->'];

const time = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

const cellOf = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const row = ({ name, paper, states }: Item, result: Result | undefined): string => {
  const link = `[\`${name}\`](src/items/${name}/README.md)`;
  const command = `\`${result?.command ?? `npm run experiment -- ${name}`}\``;
  if (!result) return `| ${link} | ${paper}: ${cellOf(states)} | not run yet | | ${command} | |`;
  const { claims, word } = result.verdict;
  const ours = claims.map(({ claim, word: each, found }) => `*${each}*: ${claim}: ${found}`).join('<br>');
  return `| ${link} | ${paper}: ${cellOf(states)} | [figure](results/${name}.svg)<br>${cellOf(ours)} | **${word}** | ${command} | ${time(result.seconds)} |`;
};

/** The table of all items, from the results in preset `small`. */
export const table = async (items: readonly Item[]): Promise<string> => {
  const rows: string[] = [];
  for (const item of items) rows.push(row(item, await readResult(item, 'small')));
  return [
    '| item | the paper | ours | verdict | command | time |',
    '| --- | --- | --- | --- | --- | ---: |',
    ...rows,
  ].join('\n');
};

/** README.md with its table as given. */
export const withTable = (readme: string, made: string): string => {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) {
    throw new SteadyformerError(`experiments/README.md: the lines ${BEGIN} and ${END} are not there`);
  }
  return `${readme.slice(0, from)}${BEGIN}\n\n${made}\n\n${readme.slice(to)}`;
};

export const readReadme = (): Promise<string> => readFile(README, 'utf8');

/** Writes the table anew; returns whether it has changed. */
export const writeTable = async (items: readonly Item[]): Promise<boolean> => {
  const before = await readReadme();
  const after = withTable(before, await table(items));
  if (after !== before) await writeFileAtomic(README, after);
  return after !== before;
};
