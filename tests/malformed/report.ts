import type { Reader } from './reader';
import type { Result } from './run';

/** How many of `total` cases each reader gets, by its weight and a 200th at least; together a few more than `total`. */
export const countsOf = (readers: readonly Reader[], total: number): Map<string, number> => {
  const weights = readers.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return new Map(
    readers.map(({ name, weight = 1 }) => [name, Math.ceil(total * Math.max(1 / 200, weight / weights))]),
  );
};

const KINDS = ['clear', 'fine', 'raw', 'wrong', 'slow'] as const;

/** Outcomes by reader, a line each. */
export const table = (results: readonly Result[]): string => {
  const names = [...new Set(results.map(({ reader }) => reader))];
  const row = (name: string, own: readonly Result[]): string => {
    const counts = KINDS.map((kind) => String(own.filter((each) => each.kind === kind).length).padStart(6));
    const seconds = own
      .reduce((sum, each) => sum + each.seconds, 0)
      .toFixed(1)
      .padStart(8);
    return `${name.padEnd(44)}${counts.join('')}${seconds}`;
  };
  return [
    `${'reader'.padEnd(44)}${KINDS.map((kind) => kind.padStart(6)).join('')}${'seconds'.padStart(8)}`,
    ...names.map((name) =>
      row(
        name,
        results.filter(({ reader }) => reader === name),
      ),
    ),
    row('all', results),
  ].join('\n');
};

/** The cases in words, with what runs each again. */
export const report = (results: readonly Result[], seed: number): string =>
  [
    `${results.length} cases; one again by: STEADYFORMER_CASE='SEED|READER|INDEX' npx vitest run --project integration malformed`,
    ...results
      .slice(0, 60)
      .map(
        ({ reader, index, change, kind, detail }) =>
          `  ${kind} '${seed}|${reader}|${index}': ${change}\n    ${detail.replaceAll('\n', '\n    ')}`,
      ),
  ].join('\n');
