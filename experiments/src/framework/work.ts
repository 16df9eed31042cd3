import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import * as v from 'valibot';
import { type Item, PRESETS, type Preset } from './item';
import { type Provenance, provenance } from './provenance';

// What a run leaves while it goes: `plan.json` and a file for each finished cell. It is read again with --resume.

const FORMAT = 'steadyformer-experiment-cells';

const plan = v.object({
  format: v.literal(FORMAT),
  version: v.number(),
  item: v.string(),
  preset: v.picklist(PRESETS),
  /** The size as JSON. */
  size: v.string(),
  seeds: v.array(v.number()),
  provenance,
  /** When the first process began. */
  date: v.string(),
  /** Of all processes so far. */
  seconds: v.number(),
  done: v.boolean(),
});
export type Plan = v.InferOutput<typeof plan>;

const finished = v.object({
  key: v.string(),
  points: v.array(v.unknown()),
  backend: v.string(),
  seconds: v.number(),
});
export type Finished = v.InferOutput<typeof finished>;

/** Folders of runs that go on: `STEADYFORMER_EXPERIMENT_RUNS`, else `runs/` of this workspace, which git ignores. */
export const workRoot: string =
  process.env.STEADYFORMER_EXPERIMENT_RUNS ?? fileURLToPath(new URL('../../runs', import.meta.url));

export const readJson = async <T>(
  path: string,
  schema: v.GenericSchema<unknown, T>,
): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SteadyformerError(`${path}: cannot be read, ${error.code}`);
  });
  if (text === undefined) return undefined;
  const parsed = v.safeParse(schema, jsonOf(text));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new SteadyformerError(
    `${path}: damaged, or of another version (${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}). Delete it and run the item again.`,
  );
};

/** The value of a text in JSON; undefined of what is none. */
const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 1)}\n`);

const planPath = (folder: string): string => join(folder, 'plan.json');

/** What would keep earlier cells from being taken for cells of this run. */
const differences = (before: Plan, now: Plan): string[] => [
  ...(before.version === now.version ? [] : [`version ${before.version} of the item, now ${now.version}`]),
  ...(before.size === now.size ? [] : ['other sizes']),
  ...(JSON.stringify(before.seeds) === JSON.stringify(now.seeds)
    ? []
    : [`seeds ${before.seeds.join(', ')}, now ${now.seeds.join(', ')}`]),
  ...(before.provenance.commit === now.provenance.commit
    ? []
    : [`commit ${before.provenance.commit}, now ${now.provenance.commit}`]),
];

export interface OpenOptions {
  readonly item: Item;
  readonly preset: Preset;
  readonly seeds: readonly number[];
  readonly provenance: Provenance;
  readonly resume: boolean;
  readonly force: boolean;
}

/**
 * The plan of a run in its folder: a new one, or with `resume` the one that is there.
 *
 * @throws SteadyformerError where cells are left and nobody said what to do with them, or they are of another version
 */
export const openWork = async (folder: string, options: OpenOptions): Promise<Plan> => {
  const { item, preset, seeds, resume, force } = options;
  const now: Plan = {
    format: FORMAT,
    version: item.version,
    item: item.name,
    preset,
    size: JSON.stringify(item.presets[preset]),
    seeds: [...seeds],
    provenance: options.provenance,
    date: new Date().toISOString(),
    seconds: 0,
    done: false,
  };
  const before = await readJson(planPath(folder), plan);
  if (before && resume) {
    const odd = differences(before, now);
    if (odd.length > 0 && !force) {
      throw new SteadyformerError(
        `--resume: the cells in ${folder} are of ${odd.join(' and ')}. --resume --force takes them all the same, --force alone begins anew.`,
      );
    }
    const commits = [...new Set([...before.provenance.commit.split(', '), now.provenance.commit])];
    return {
      ...now,
      date: before.date,
      seconds: before.seconds,
      provenance: { ...now.provenance, commit: commits.join(', ') },
    };
  }
  if (before && !before.done && !force) {
    throw new SteadyformerError(
      `${folder} holds cells of a run that was ended. --resume goes on with them, --force begins anew.`,
    );
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writePlan(folder, now);
  return now;
};

export const writePlan = (folder: string, now: Plan): Promise<void> => writeJson(planPath(folder), now);

/** @throws SteadyformerError where there is none */
export const readPlan = async (folder: string): Promise<Plan> => {
  const found = await readJson(planPath(folder), plan);
  if (found) return found;
  throw new SteadyformerError(`${planPath(folder)}: is not there`);
};

const cellPath = (folder: string, key: string): string => join(folder, 'cells', `${key}.json`);

export const readCell = (folder: string, key: string): Promise<Finished | undefined> =>
  readJson(cellPath(folder, key), finished);

export const writeCell = async (folder: string, cell: Finished): Promise<void> => {
  await mkdir(join(folder, 'cells'), { recursive: true });
  await writeJson(cellPath(folder, cell.key), cell);
};

/** A cell's own folder. */
export const ownFolder = async (folder: string, key: string): Promise<string> => {
  const own = join(folder, 'of', key);
  await mkdir(own, { recursive: true });
  return own;
};
