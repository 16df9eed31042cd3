import { SteadyformerError } from '@steadyformer/core';

/** A message and its translation. */
export interface Message {
  readonly source: string;
  readonly target: string;
}

const MAGIC = 0x950412de;

/**
 * The messages of a compiled gettext catalogue (.mo): two tables of lengths and offsets, of originals and of translations.
 * Of a plural the singular is taken on both sides, and what a message's context says is left out.
 *
 * @throws SteadyformerError on a file that is none, or damaged
 */
export const readCatalogue = (bytes: Uint8Array, name: string): Message[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (what: string): SteadyformerError =>
    new SteadyformerError(`${name}: ${what}. Delete the folder it was unpacked to and run it again.`);
  if (bytes.length < 28) throw damaged('no catalogue, it has fewer than 28 bytes');
  const little = view.getUint32(0, true) === MAGIC;
  if (!little && view.getUint32(0, false) !== MAGIC) throw damaged('no catalogue, it begins otherwise');
  const number = (at: number): number => view.getUint32(at, little);
  const [count, originals, translations] = [number(8), number(12), number(16)];
  if (Math.max(originals, translations) + 8 * count > bytes.length) throw damaged('cut short');
  const text = (table: number, i: number): string => {
    const [length, from] = [number(table + 8 * i), number(table + 8 * i + 4)];
    if (from + length > bytes.length) throw damaged('cut short');
    return new TextDecoder().decode(bytes.subarray(from, from + length));
  };
  return Array.from({ length: count }, (_, i) => ({
    source: text(originals, i).split('\u0004').at(-1)!.split('\0')[0]!,
    target: text(translations, i).split('\0')[0]!,
  })).filter(({ source, target }) => source !== '' && target !== '');
};

/** Without what is no text: `|hint|` at the start, and the mark before the letter of a menu's entry, `_File` or `&File`. */
const unmarked = (text: string): string =>
  text.replace(/^\|[^|\s]*\|/u, '').replace(/(?<!\p{L})[_&](?=\p{L})/u, '');

/** The marks that programs fill in, which have to be the same on both sides. */
const placeholders = (text: string): string =>
  (text.match(/%(?:\(\w+\))?[-+#0 ]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j)?[a-zA-Z%]|\{\w*\}/gu) ?? [])
    .sort()
    .join(' ');

/** The lines of messages, as a reader sees them: those of messages whose lines or placeholders differ are left out. */
export const messageLines = (messages: readonly Message[]): Message[] =>
  messages.flatMap(({ source, target }) => {
    if (placeholders(source) !== placeholders(target)) return [];
    const [from, to] = [source.trim().split('\n'), target.trim().split('\n')];
    if (from.length !== to.length) return [];
    return from.map((line, i) => ({ source: unmarked(line), target: unmarked(to[i]!) }));
  });
