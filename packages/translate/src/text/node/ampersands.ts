/** What may hold any `&`, and what ends it. */
const LITERAL: readonly (readonly [open: string, close: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

const MARK = /[<&]/gu;
const REFERENCE = /&[^\s&<>"';]*/uy;
const LONGEST_REFERENCE = 100;

/** The length of the longest end of `text`, after `from`, that `word` may go on from. */
const begun = (text: string, from: number, word: string): number => {
  for (let size = Math.min(word.length - 1, text.length - from); size > 0; size--)
    if (text.endsWith(word.slice(0, size))) return size;
  return 0;
};

export interface Guarded {
  /** What may be parsed now. */
  readonly text: string;
  /** Whether an `&` that begins no reference comes next. */
  readonly bare: boolean;
}

/**
 * Finds an `&` that begins no reference (`Fish & chips`), the commonest fault of XML written by hand, where it stands:
 * the parser takes all up to the next `;`, perhaps megabytes later, for the reference's name. Pieces are cut anywhere;
 * undefined says that no more come.
 */
export const ampersandGuard = (): ((piece: string | undefined) => Guarded) => {
  let held = '';
  let close: string | undefined;

  /** Passes on all before `end`, and keeps the rest until it can be told. */
  const hold = (text: string, end: number): Guarded => {
    held = text.slice(end);
    return { text: text.slice(0, end), bare: false };
  };

  return (piece) => {
    if (piece === undefined)
      return held.startsWith('&') ? { text: '', bare: true } : { text: held, bare: false };
    const text = held + piece;
    let at = 0;
    for (;;) {
      if (close !== undefined) {
        const end = text.indexOf(close, at);
        if (end < 0) return hold(text, text.length - begun(text, at, close));
        at = end + close.length;
        close = undefined;
      }
      MARK.lastIndex = at;
      const start = MARK.exec(text)?.index;
      if (start === undefined) return hold(text, text.length);
      at = start + 1;
      if (text[start] === '<') {
        const literal = LITERAL.find(([open]) => text.startsWith(open, start));
        if (literal) {
          at = start + literal[0].length;
          close = literal[1];
        } else if (LITERAL.some(([open]) => begun(text, start, open) === text.length - start))
          return hold(text, start);
        continue;
      }
      REFERENCE.lastIndex = start;
      REFERENCE.test(text);
      const end = REFERENCE.lastIndex;
      if (end - start > LONGEST_REFERENCE) return { text: text.slice(0, start), bare: true };
      if (end === text.length) return hold(text, start);
      if (text[end] !== ';') return { text: text.slice(0, start), bare: true };
    }
  };
};
