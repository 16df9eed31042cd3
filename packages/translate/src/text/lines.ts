import { check, parseAs } from '@steadyformer/core';
import { joinBytes } from './bytes';
import { inputError } from './inputError';
import { type NamedText, namedText } from './namedText';

const NEWLINE = 0x0a;

/** The text of whole characters. `firstLine` is the number of the line they start in, for the error. */
export const decodeLines = (bytes: Uint8Array, name: string, firstLine: number): string => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    // No multi-byte character holds a newline byte, so lines can be tried one by one.
    let line = firstLine;
    for (let start = 0; ; line++) {
      const found = bytes.indexOf(NEWLINE, start);
      const end = found < 0 ? bytes.length : found;
      try {
        decoder.decode(bytes.subarray(start, end));
      } catch {
        break;
      }
      start = end + 1;
    }
    throw inputError(
      name,
      line,
      'not valid UTF-8. Save the file as UTF-8 (for example with iconv) and try again.',
    );
  }
};

const countNewlines = (bytes: Uint8Array): number => {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
};

/** Text in pieces; byte chunks are decoded strictly, in blocks of whole lines. */
async function* decodeChunks({ name, content }: NamedText): AsyncGenerator<string> {
  if (typeof content === 'string') {
    yield content;
    return;
  }
  let carry: Uint8Array = new Uint8Array(0);
  let line = 1;
  for await (const chunk of content) {
    if (typeof chunk === 'string') {
      yield chunk;
      continue;
    }
    check(chunk instanceof Uint8Array, `chunk of ${name}`, chunk, 'texts and Uint8Arrays');
    const bytes = joinBytes(carry, chunk);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const block = bytes.subarray(0, end);
    yield decodeLines(block, name, line);
    line += countNewlines(block);
    carry = bytes.slice(end);
  }
  yield decodeLines(carry, name, line);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/**
 * The lines of a text, in order, without their ends (`\n` or `\r\n`; nothing else ends a line, so that line numbers
 * agree with editors and `wc`). A byte-order mark is skipped. Chunks are decoded as they come.
 *
 * @throws SteadyformerError with name and line where bytes are not valid UTF-8.
 */
export async function* readLines(text: NamedText): AsyncGenerator<string> {
  parseAs(namedText(), text, 'readLines() text');
  let rest = '';
  let atStart = true;
  for await (const chunk of decodeChunks(text)) {
    if (chunk === '') continue;
    const pieces = (rest + (atStart && chunk.startsWith('\ufeff') ? chunk.slice(1) : chunk)).split('\n');
    atStart = false;
    rest = pieces.pop() ?? '';
    for (const piece of pieces) yield withoutReturn(piece);
  }
  if (rest !== '') yield withoutReturn(rest);
}
