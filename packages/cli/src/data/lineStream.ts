import { readLines } from '@steadyformer/translate';
import { openText } from '@steadyformer/translate/node';
import { ClosedPipe, type Streams } from '../program/streams';

/** Text held back before it is written. */
const HELD = 2 ** 16;

/** The lines of files, one after the other; '-' is standard input. */
export async function* linesOf(
  files: readonly string[],
  { input = process.stdin }: Pick<Streams, 'input'>,
): AsyncGenerator<string> {
  for (const file of files) {
    yield* readLines(file === '-' ? { name: 'standard input', content: input } : await openText(file));
  }
}

/** What lines become, in pieces of some size. */
export async function* inPieces(
  lines: AsyncIterable<string>,
  change: (line: string) => string,
): AsyncGenerator<string> {
  let [held, length]: [string[], number] = [[], 0];
  for await (const line of lines) {
    const changed = `${change(line)}\n`;
    held.push(changed);
    length += changed.length;
    if (length < HELD) continue;
    yield held.join('');
    [held, length] = [[], 0];
  }
  yield held.join('');
}

/** Prints pieces as fast as they are read. @throws ClosedPipe where nobody reads them any more */
export const printAll = async (
  pieces: AsyncIterable<string>,
  { out, closed, drained }: Streams,
): Promise<void> => {
  for await (const piece of pieces) {
    if (closed?.()) throw new ClosedPipe();
    out(piece);
    await drained?.();
  }
};

/** Text as the bytes of a file. */
export async function* asBytes(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}
