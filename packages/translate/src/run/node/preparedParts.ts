import { join } from 'node:path';
import type { RunConfig } from '../runConfig';
import type { DataConfig } from '../sections/data';
import { writePairs, writeTexts } from './preparedText';
import {
  type Dropped,
  heldOutOf,
  readDocuments,
  readMeasuredPairs,
  readTrainingPairs,
  trainingText,
} from './readData';
import { readText } from './task';

/** A text, or the two sides of one. */
export type PreparedFiles = string | { readonly source: string; readonly target: string };

const PARTS = ['train', 'valid', 'test'] as const;
type Part = (typeof PARTS)[number];

/** The text of a run, written. */
export interface PreparedParts {
  /** File names by part, and their paths as they were written. */
  readonly names: Readonly<Partial<Record<Part, PreparedFiles>>>;
  readonly paths: Readonly<Partial<Record<Part, PreparedFiles>>>;
  readonly counts: Readonly<Record<Part, number>>;
  readonly dropped: Dropped;
}

type Told = (stage: string, done: number, total?: number) => void;
/** A part that the config has none of is undefined. */
type Items<T> = Readonly<Record<Part, Iterable<T> | AsyncIterable<T> | undefined>>;

/** Whether each part has files of its own, so that no sentence has to be compared with another. */
const isStreamed = (data: DataConfig): boolean => {
  const { valid, test } = heldOutOf(data);
  return valid + test === 0;
};

/** Writes the parts of a run's text to a folder, those of its files as they are read. */
export const writePreparedText = async (
  config: RunConfig,
  folder: string,
  onProgress: Told,
): Promise<PreparedParts> => {
  const { kind, data } = config;
  const dropped: Dropped = {};
  const told = { onProgress: (read: number) => onProgress('reading', read) };
  if (!isStreamed(data)) {
    const { parts } = await readText(config, onProgress);
    const test = parts.test.length > 0 ? parts.test : undefined;
    return write(kind, folder, { ...parts, test } as Items<never>, parts.dropped);
  }
  const items =
    kind === 'translation'
      ? {
          train: readTrainingPairs(data, told, dropped),
          valid: readMeasuredPairs(data, 'valid'),
          test: data.test && readMeasuredPairs(data, 'test'),
        }
      : {
          train: readDocuments(trainingText(data), dropped),
          valid: readDocuments(data.valid, {}),
          test: data.test && readDocuments(data.test, {}),
        };
  return write(kind, folder, items as Items<never>, dropped);
};

const write = async (
  kind: RunConfig['kind'],
  folder: string,
  items: Items<never>,
  dropped: Dropped,
): Promise<PreparedParts> => {
  const names: Partial<Record<Part, PreparedFiles>> = {};
  const paths: Partial<Record<Part, PreparedFiles>> = {};
  const counts = {} as Record<Part, number>;
  for (const part of PARTS) {
    const own = items[part];
    counts[part] = 0;
    if (!own) continue;
    if (kind === 'languageModel') {
      const name = `${part}.txt`;
      [names[part], paths[part]] = [name, join(folder, name)];
      counts[part] = await writeTexts(join(folder, name), own);
    } else {
      const sides = { source: `${part}.source.txt`, target: `${part}.target.txt` };
      const at = { source: join(folder, sides.source), target: join(folder, sides.target) };
      [names[part], paths[part]] = [sides, at];
      counts[part] = await writePairs(at, own);
    }
  }
  return { names, paths, counts, dropped };
};
