import { broken } from './safetensorsErrors';

/** How deep a header may nest: the format needs 3. */
const DEPTH = 100;

/**
 * Throws on what JSON.parse takes and the format does not: a name that stands twice in one object, of which the last
 * would count; half of a surrogate pair in a name; numbers that are not plain whole ones (such as 2.0 or -0).
 * `text` is valid JSON.
 */
export const checkNames = (text: string): void => {
  /** The names so far of every object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if (c === '"') {
      const end = closingQuote(text, at);
      last = text.slice(at, end + 1);
      at = end;
    } else if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : undefined);
      if (open.length > DEPTH) throw broken('the header nests deeper than any header does');
    } else if (c === '}' || c === ']') {
      open.pop();
    } else if (c === ':') {
      const name = JSON.parse(last) as string;
      const names = open.at(-1)!;
      if (names.has(name)) throw broken(`'${name}' stands twice in its header`);
      if (/\p{Surrogate}/u.test(name)) throw broken('a name in its header is not Unicode text');
      names.add(name);
    } else if (
      c === '.' ||
      (c === '-' && text[at + 1] === '0') ||
      (/[eE]/.test(c) && /\d/.test(text[at - 1]!))
    ) {
      throw broken('a number in its header is not a whole one, written in digits');
    }
  }
};

const closingQuote = (text: string, from: number): number => {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
};
