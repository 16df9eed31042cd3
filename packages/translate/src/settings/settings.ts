import { invalidArgument, nearest, SteadyformerError } from '@steadyformer/core';

/** A setting of a run as JSON: numbers, texts, truth values, and records and lists of them. */
export type Setting =
  | string
  | number
  | boolean
  | null
  | readonly Setting[]
  | { readonly [name: string]: Setting };

/** What a run is trained with, by name, as JSON: who goes on with the same gets the same numbers. */
export type Settings = { readonly [name: string]: Setting };

/** One setting that is not what it was. */
export interface Difference {
  /** Its place, such as `batches.maxTokens`. */
  readonly path: string;
  /** What stood there and stands there now; undefined for nothing. */
  readonly saved: Setting | undefined;
  readonly now: Setting | undefined;
}

const isRecord = (value: Setting | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any value as a setting. What JSON has no form for (Infinity, undefined, a function) is put in words. */
export const toSetting = (value: unknown): Setting => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as ArrayLike<unknown>, toSetting);
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([name, item]) => [name, toSetting(item)]));
};

/** Where two settings differ, down to single values. */
export const differences = (
  saved: Setting | undefined,
  now: Setting | undefined,
  path = '',
): readonly Difference[] => {
  if (isRecord(saved) && isRecord(now)) {
    const names = new Set([...Object.keys(saved), ...Object.keys(now)]);
    return [...names].flatMap((name) =>
      differences(entryOf(saved, name), entryOf(now, name), path ? `${path}.${name}` : name),
    );
  }
  return JSON.stringify(saved) === JSON.stringify(now) ? [] : [{ path, saved, now }];
};

const entryOf = (settings: Settings, name: string): Setting | undefined =>
  Object.hasOwn(settings, name) ? settings[name] : undefined;

/** Every setting's path, and those of the records around it. */
const pathsOf = (settings: Settings, prefix = ''): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => {
    const path = prefix + name;
    return isRecord(value) ? [path, ...pathsOf(value, `${path}.`)] : [path];
  });

const SHOWN = 2;
const LONGEST = 60;
const shown = (value: Setting | undefined): string => {
  const text =
    value === undefined ? 'none' : typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
};

const topOf = (path: string): string => path.split('.')[0]!;

/** The first differences under each name, and how many more there are. */
const describe = (list: readonly Difference[]): string =>
  [...new Set(list.map(({ path }) => topOf(path)))]
    .map((name) => {
      const own = list.filter(({ path }) => topOf(path) === name);
      const said = own
        .slice(0, SHOWN)
        .map(({ path, saved, now }) => `${path}: saved ${shown(saved)}, now ${shown(now)}`);
      return [...said, ...(own.length > SHOWN ? [`${own.length - SHOWN} more of ${name}`] : [])].join('; ');
    })
    .join('; ');

/**
 * Throws where a run is to go on with other settings than it was saved with, apart from those that are accepted.
 *
 * @param accept paths of settings that may differ; a path stands for all under it
 * @returns the differences that were accepted
 */
export const checkSettings = (
  saved: Settings,
  now: Settings,
  accept: readonly string[],
): readonly Difference[] => {
  const known = new Set([...pathsOf(saved), ...pathsOf(now)]);
  for (const path of accept) {
    if (known.has(path)) continue;
    const allowed = [...new Set([...Object.keys(saved), ...Object.keys(now)])].join(', ');
    const next = `Or a path under these. Did you mean '${nearest(path, [...known])}'?`;
    throw invalidArgument({ what: 'restore() accept', received: path, allowed, next });
  }
  const isAccepted = (path: string): boolean =>
    accept.some((name) => path === name || path.startsWith(`${name}.`));
  const all = differences(saved, now);
  const refused = all.filter(({ path }) => !isAccepted(path));
  if (refused.length === 0) return all;
  const names = [...new Set(refused.map(({ path }) => `'${topOf(path)}'`))].join(', ');
  throw new SteadyformerError(
    `this run was saved with other settings (${describe(refused)}). Set them as they were; or, to go on with the ` +
      `new ones, restore(state, { accept: [${names}] }).`,
  );
};
