import { inputError } from './inputError';
import { readLines } from './lines';
import type { JsonLinesInput, TextPairInput, TsvInput } from './parallelInput';
import type { SentencePair } from './sentencePair';

/** A pair as it was read, and where its sides stand. */
export interface Located extends SentencePair {
  readonly where: readonly [string, string];
  readonly line: number;
}

/** The pairs of two texts; both line counts are named where they differ. */
export async function* readTextPair({ source, target }: TextPairInput): AsyncGenerator<Located> {
  const left = readLines(source);
  const right = readLines(target);
  const where = [source.name, target.name] as const;
  try {
    for (let line = 1; ; line++) {
      const [a, b] = [await left.next(), await right.next()];
      if (a.done && b.done) return;
      if (a.done || b.done) {
        let [m, n] = [a.done ? line - 1 : line, b.done ? line - 1 : line];
        if (m === 0 || n === 0)
          throw inputError(m === 0 ? source.name : target.name, undefined, 'the file is empty.');
        while (!(await left.next()).done) m++;
        while (!(await right.next()).done) n++;
        throw inputError(
          source.name,
          undefined,
          `has ${m} lines but ${target.name} has ${n}: parallel texts need one translation a line. ` +
            `They agree up to line ${line - 1} at most.`,
        );
      }
      yield { source: a.value, target: b.value, where, line };
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

/** A line without anything: a pair whose sides are blank, for `readParallel` to refuse or skip. */
const blankPair = (name: string, line: number): Located => ({
  source: '',
  target: '',
  where: [name, name],
  line,
});

/** The pairs of two columns of tab-separated text. */
export async function* readTsv({ text, columns = [0, 1] }: TsvInput): AsyncGenerator<Located> {
  let line = 0;
  for await (const row of readLines(text)) {
    line++;
    if (row.trim() === '') {
      yield blankPair(text.name, line);
      continue;
    }
    const cells = row.split('\t');
    const [source, target] = [cells[columns[0]], cells[columns[1]]];
    if (source === undefined || target === undefined) {
      throw inputError(
        text.name,
        line,
        `${cells.length} tab-separated column${cells.length === 1 ? '' : 's'}, columns ${columns[0]} and ${columns[1]} ` +
          '(counted from 0) are wanted.',
      );
    }
    yield { source, target, where: [text.name, text.name], line };
  }
}

const valueAt = (record: unknown, key: string): unknown =>
  key.split('.').reduce<unknown>((value, part) => {
    const own = typeof value === 'object' && value !== null && Object.hasOwn(value, part);
    return own ? (value as Readonly<Record<string, unknown>>)[part] : undefined;
  }, record);

/** The pairs of two keys of JSON lines. */
export async function* readJsonLines({
  text,
  keys = ['source', 'target'],
}: JsonLinesInput): AsyncGenerator<Located> {
  let line = 0;
  for await (const row of readLines(text)) {
    line++;
    if (row.trim() === '') {
      yield blankPair(text.name, line);
      continue;
    }
    let record: unknown;
    try {
      record = JSON.parse(row);
    } catch (error) {
      throw inputError(
        text.name,
        line,
        `not a JSON value (${error instanceof Error ? error.message : String(error)}).`,
      );
    }
    const [source, target] = [valueAt(record, keys[0]), valueAt(record, keys[1])];
    if (typeof source !== 'string' || typeof target !== 'string') {
      const missing = typeof source === 'string' ? keys[1] : keys[0];
      throw inputError(text.name, line, `no text under the key '${missing}'.`);
    }
    yield { source, target, where: [text.name, text.name], line };
  }
}
