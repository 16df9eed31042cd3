import { createReadStream } from 'node:fs';

/** A line of a file, without its end. */
export interface ByteLine {
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly number: number;
  /** Where in the file it begins, and where the next one does. */
  readonly from: number;
  readonly to: number;
  /** False for a last line that no newline ends. */
  readonly ended: boolean;
}

/** Bytes that a line has at most. */
export const LONGEST: number = 2 ** 24;

const NEWLINE = 0x0a;

/**
 * The lines of a file, one at a time. Of a line that is longer than `LONGEST` comes what was read of it, as the last.
 *
 * @throws what the file system throws
 */
export async function* byteLines(path: string): AsyncGenerator<ByteLine> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let number = 1;
  let from = 0;
  const line = (end: Uint8Array, ended: boolean): ByteLine => {
    const bytes = parts.length === 0 ? end : Buffer.concat([...parts, end]);
    const to = from + bytes.length + (ended ? 1 : 0);
    const made = { bytes, number, from, to, ended };
    parts = [];
    held = 0;
    number++;
    from = to;
    return made;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, at)) {
      yield line(chunk.subarray(at, end), true);
      at = end + 1;
    }
    if (at < chunk.length) {
      parts.push(chunk.subarray(at));
      held += chunk.length - at;
      if (held > LONGEST) return yield line(new Uint8Array(0), false);
    }
  }
  if (held > 0) yield line(new Uint8Array(0), false);
}
