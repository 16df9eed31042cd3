import { replaceFile } from '@steadyformer/core/node';
import type { SentencePair } from '../../text/sentencePair';

/** A file of lines that is being written. */
export interface LineWriter {
  readonly write: (line: string) => Promise<void>;
}

/** Text held back before it goes to the disk. */
const HELD = 2 ** 16;

/** A sentence as a line: what would end it is a space. */
const asLine = (text: string): string => `${text.replaceAll(/[\r\n]+/gu, ' ')}\n`;

/** Writes a file of lines, as they come. */
export const writeLines = (path: string, write: (file: LineWriter) => Promise<void>): Promise<void> =>
  replaceFile(path, async (file) => {
    let [held, length]: [string[], number] = [[], 0];
    const flush = async (): Promise<void> => {
      const text = held.join('');
      [held, length] = [[], 0];
      await file.writeFile(text);
    };
    await write({
      write: async (text) => {
        const line = asLine(text);
        held.push(line);
        length += line.length;
        if (length >= HELD) await flush();
      },
    });
    await flush();
  });

/** Writes sentence pairs as two files, line by line. @returns how many */
export const writePairs = async (
  paths: { readonly source: string; readonly target: string },
  pairs: Iterable<SentencePair> | AsyncIterable<SentencePair>,
): Promise<number> => {
  let count = 0;
  await writeLines(paths.source, (sources) =>
    writeLines(paths.target, async (targets) => {
      for await (const { source, target } of pairs) {
        await sources.write(source);
        await targets.write(target);
        count++;
      }
    }),
  );
  return count;
};

/** Writes documents, one a line. @returns how many */
export const writeTexts = async (
  path: string,
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<number> => {
  let count = 0;
  await writeLines(path, async (file) => {
    for await (const text of texts) {
      await file.write(text);
      count++;
    }
  });
  return count;
};
