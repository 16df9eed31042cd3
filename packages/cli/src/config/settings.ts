import { checkOptions, isRecord, SteadyformerError, show } from '@steadyformer/core';
import {
  configKeys,
  type GivenConfig,
  isSection,
  type Key,
  NEEDED,
  type Section,
} from '@steadyformer/translate/node';
import { parseYaml } from './yaml';

/** One `--set a.b=c`. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As it was typed. */
  readonly text: string;
}

type Entry = Key<never> | Section<never>;

const keysOf = ({ keys }: Section<never>): Readonly<Record<string, Entry>> =>
  keys as unknown as Readonly<Record<string, Entry>>;

/**
 * Reads `--set a.b=c`; the value is YAML.
 *
 * @throws SteadyformerError where there is no key or no value, and on a key that no config has, naming the nearest
 */
export const parseSetting = (text: string): Setting => {
  const shown = `--set ${show(text)}`;
  const end = text.indexOf('=');
  const path = text.slice(0, end).trim().split('.');
  if (end < 0 || path.includes('') || text.slice(end + 1).trim() === '') {
    throw new SteadyformerError(
      `${shown}: allowed KEY=VALUE, such as --set optimizer.peak=1e-3; null takes a key back to its default`,
    );
  }
  checkPath(path, shown);
  return { path, value: parseYaml(text.slice(end + 1), shown).value ?? null, text };
};

/** What is below a key is the key's own concern, and checked with its value. */
const checkPath = (path: readonly string[], shown: string): void => {
  let entry: Entry = configKeys() as unknown as Section<never>;
  for (const [i, name] of path.entries()) {
    if (!isSection(entry)) return;
    const keys = keysOf(entry);
    const where = i === 0 ? shown : `${shown}: ${path.slice(0, i).join('.')}`;
    checkOptions({ [name]: true }, Object.keys(keys), where);
    entry = keys[name]!;
  }
};

/** A config with what is set, in order: later ones see the earlier. */
export const withSettings = (given: GivenConfig, settings: readonly Setting[]): GivenConfig =>
  settings.reduce<GivenConfig>(
    (config, { path, value, text }) =>
      put(
        config,
        path,
        value,
        configKeys() as unknown as Section<never>,
        `--set ${show(text)}`,
      ) as GivenConfig,
    given,
  );

/** `present` with the value at the path; `entry` says what `present` is, where that is known. */
const put = (
  present: unknown,
  [name, ...rest]: readonly string[],
  value: unknown,
  entry: Entry | undefined,
  shown: string,
): unknown => {
  if (name === undefined) return value;
  const section = entry !== undefined && isSection(entry) ? entry : undefined;
  const within = section ? (present ?? {}) : expanded(present ?? fallbackOf(entry), name);
  if (!isRecord(within)) {
    throw new SteadyformerError(
      Array.isArray(within)
        ? `${shown}: what is above '${name}' is a list; set it as a whole`
        : `${shown}: the config has ${show(within)} where '${name}' would be a key`,
    );
  }
  const below = section ? keysOf(section)[name] : undefined;
  const changed = put(Object.hasOwn(within, name) ? within[name] : undefined, rest, value, below, shown);
  const isOther = !section && (name === 'name' ? changed !== within.name : isOtherForm(within, name));
  const kept = isOther ? {} : within;
  return Object.fromEntries([...Object.entries(kept), [name, changed]]);
};

/** Forms of one value that are told apart by their keys: text as two files, as one, or as shards. */
const FORMS = [
  ['source', 'target'],
  ['path', 'format', 'columns', 'keys', 'languages'],
  ['shards', 'shardsPerBlock'],
];

/** Whether a record is in one of the forms, and the key is one of another: what is set then takes the whole's place. */
const isOtherForm = (record: Readonly<Record<string, unknown>>, name: string): boolean => {
  const form = FORMS.find((names) => names.includes(name));
  return form !== undefined && FORMS.some((names) => names !== form && names.some((key) => key in record));
};

const fallbackOf = (entry: Entry | undefined): unknown => {
  const fallback: unknown = entry && !isSection(entry) ? entry.fallback : undefined;
  return fallback === NEEDED ? undefined : fallback;
};

/** A value in short form in its long one, in which it has the key: of both stacks, or `{ name }`. */
const expanded = (value: unknown, name: string): unknown => {
  const isStack = name === 'encoder' || name === 'decoder';
  if (isRecord(value)) {
    const long = !isStack || 'encoder' in value || 'decoder' in value;
    return long ? value : { encoder: value, decoder: value };
  }
  if (value === undefined || value === null) return {};
  if (isStack) return { encoder: value, decoder: value };
  return (name === 'name' || name === 'options') && typeof value === 'string' ? { name: value } : value;
};
