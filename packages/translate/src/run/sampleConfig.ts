import { isRecord, SteadyformerError } from '@steadyformer/core';
import { configKeys, type GivenConfig, ONLY, runConfig } from './runConfig';
import { isSection, type Key, NEEDED, type Section } from './section';

/** Columns of a line. */
const WIDTH = 110;

/**
 * A config in YAML to read and to change: every key that such a run reads, with its value (default or given; null for
 * what may be left out) and its meaning.
 *
 * @param values what is not as by default; `data.train` at least
 * @throws SteadyformerError as `runConfig` does
 */
export const sampleConfig = (values: GivenConfig): string => {
  const { kind } = runConfig(values, 'values');
  const left = ONLY[kind === 'translation' ? 'languageModel' : 'translation'];
  const root = configKeys() as unknown as Section<never>;
  return `${[
    ...comment(root.meaning, ''),
    ...comment(
      'What is null is not given. Paths are relative to the folder that the command is called in.',
      '',
    ),
    ...linesOf(root, { given: values, path: '', indent: '', left }),
  ].join('\n')}\n`;
};

interface Place {
  readonly given: unknown;
  /** Of the section, with a dot at the end; empty for the whole. */
  readonly path: string;
  readonly indent: string;
  /** Paths that have no effect. */
  readonly left: readonly string[];
}

const linesOf = ({ keys }: Section<never>, { given, path, indent, left }: Place): string[] => {
  const entries = Object.entries(keys as unknown as Readonly<Record<string, Key<never> | Section<never>>>);
  return entries.flatMap(([name, entry], i) => {
    if (left.includes(path + name)) return [];
    const own = isRecord(given) && Object.hasOwn(given, name) ? given[name] : undefined;
    if (isSection(entry)) {
      const below = { given: own, path: `${path}${name}.`, indent: `${indent}  `, left };
      return ['', ...comment(entry.meaning, indent), `${indent}${name}:`, ...linesOf(entry, below)];
    }
    const afterSection = i > 0 && isSection(entries[i - 1]![1]) ? [''] : [];
    return [...afterSection, ...keyLines(name, own ?? fallbackOf(entry, path + name), entry, indent)];
  });
};

const fallbackOf = ({ fallback }: Key<never>, path: string): unknown => {
  if ((fallback as unknown) === NEEDED) throw new SteadyformerError(`values: missing ${path}`);
  return fallback ?? null;
};

/** The meaning behind the value where there is room, else above it. */
const keyLines = (name: string, value: unknown, { meaning }: Key<never>, indent: string): string[] => {
  const line = `${indent}${name}: ${yamlOf(value)}`;
  const whole = `${line}  # ${meaning}`;
  return whole.length <= WIDTH ? [whole] : [...comment(meaning, indent), line];
};

/** Words in lines of at most `WIDTH` columns. */
const comment = (text: string, indent: string): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
};

/** Texts that YAML, of any version, takes for a text without quotes. */
const PLAIN = /^(?!(?:null|true|false|yes|no|on|off|y|n)$)[a-z_][\w./-]*$/iu;

/** A value in one line, as JSON without needless quotes. */
const yamlOf = (value: unknown): string => {
  if (typeof value === 'string' && PLAIN.test(value)) return value;
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, item]) => `${yamlOf(name)}: ${yamlOf(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
};
