import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arguments } from './arguments';
import type { Machine } from './machine';
import type { SuiteResult } from './suites/suite';
import { markdownTable, megabytes } from './table';

/** One run of a suite with all that its figures depend on. */
export interface Run extends SuiteResult {
  readonly args: Arguments;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly started: string;
  readonly seconds: number;
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

/** The load that our own children make is about the number of cores; more, or a busy start, is somebody else's. */
const busy = ({ loadBefore, machine }: Run): boolean => loadBefore[0]! > 0.3 * machine.cores;

/** The run as Markdown. */
export const markdown = (run: Run): string => {
  const { args, machine, versions, started, seconds, loadBefore, loadAfter, tables } = run;
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `## ${args.suite}${args.quick ? ' (--quick: shows that it runs, measures nothing)' : ''}`,
    '',
    ...(busy(run) ? ['**Measured under load: other programs were running. Ratios are rough.**', ''] : []),
    `- ${machine.cpu}, ${machine.cores} cores, ${megabytes(machine.memoryBytes)}, ${machine.system}`,
    `- ${list.join(', ')}`,
    `- ${started}, ${Math.round(seconds)} s; load average ${loadBefore.join(' ')} before, ${loadAfter.join(' ')} after (its own children included)`,
    `- medians of up to ${args.repeats} interleaved rounds; in brackets the 16th to 84th percentile of paired ratios`,
    '',
    ...tables.map(markdownTable),
  ].join('\n');
};

/** Writes the run as JSON and Markdown; returns the paths. */
export const writeRun = (run: Run, folder: string): string[] => {
  mkdirSync(folder, { recursive: true });
  const stem = join(folder, `${run.args.suite}-${run.started.replaceAll(/[:.]/g, '-')}`);
  const { tables: _, ...data } = run;
  writeFileSync(`${stem}.json`, `${JSON.stringify(data, null, 1)}\n`);
  writeFileSync(`${stem}.md`, markdown(run));
  return [`${stem}.json`, `${stem}.md`];
};

interface Versioned {
  readonly versions?: Readonly<Record<string, string>>;
}

/** Every version that any outcome within the data names. */
export const versionsIn = (data: unknown): Record<string, string> => {
  if (Array.isArray(data)) return Object.assign({}, ...data.map(versionsIn)) as Record<string, string>;
  if (typeof data !== 'object' || data === null) return {};
  const { versions = {}, ...rest } = data as Versioned & Record<string, unknown>;
  return { ...versions, ...versionsIn(Object.values(rest)) };
};
