import { check } from '@steadyformer/core';
import { joinBytes } from '../bytes';
import { inputError } from '../inputError';
import { decodeLines } from '../lines';
import type { NamedText } from '../namedText';

/** Where whole characters of UTF-8 end: before a last one of which bytes are yet to come. */
const wholeCharacters = (bytes: Uint8Array): number => {
  const { length } = bytes;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? length - back : length;
  }
  return length;
};

/** What the first two bytes of a document that starts with `<` or a byte-order mark say (XML 1.0, appendix F). */
const encodingOf = (a = 0, b = 0): 'utf-8' | 'utf-16le' | 'utf-16be' => {
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  return 'utf-8';
};

/**
 * An XML document in pieces, decoded strictly from UTF-8, or from UTF-16 where its first bytes say so. Unlike
 * `readLines` it never waits for the end of a line: a whole document may be one.
 *
 * @param lineNow the line that the last piece ends in, for the error.
 * @throws SteadyformerError with name and line where bytes are not valid in their encoding.
 */
export async function* decodeXml(
  { name, content }: NamedText,
  lineNow: () => number,
): AsyncGenerator<string> {
  if (typeof content === 'string') {
    yield content;
    return;
  }
  let rest: Uint8Array = new Uint8Array(0);
  let wide: TextDecoder | undefined;
  let known = false;
  const decodeWide = (decoder: TextDecoder, bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw inputError(name, lineNow(), 'not valid UTF-16. Save the file as UTF-8 and try again.');
    }
  };
  for await (const chunk of content) {
    if (typeof chunk === 'string') {
      yield chunk;
      continue;
    }
    check(chunk instanceof Uint8Array, `chunk of ${name}`, chunk, 'texts and Uint8Arrays');
    const bytes = joinBytes(rest, chunk);
    rest = bytes;
    if (!known && bytes.length < 2) continue;
    if (!known) {
      known = true;
      const encoding = encodingOf(bytes[0], bytes[1]);
      if (encoding !== 'utf-8') wide = new TextDecoder(encoding, { fatal: true });
    }
    const end = wide ? bytes.length : wholeCharacters(bytes);
    rest = bytes.slice(end);
    yield wide ? decodeWide(wide, bytes) : decodeLines(bytes.subarray(0, end), name, lineNow());
  }
  yield wide ? decodeWide(wide) : decodeLines(rest, name, lineNow());
}
