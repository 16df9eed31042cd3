/** Spellings that the site does not use, each with the one that it does. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\bwarm ?ups?\b/gi, 'warm-up'],
  [/\bfeed ?forward\b/gi, 'feed-forward'],
  [/\bsub ?layers?\b/gi, 'sub-layer'],
  [/\bpost[- ]?(?:ln|norm)\b/gi, 'Post-LN'],
  [/\bpre[- ]?(?:ln|norm)\b/gi, 'Pre-LN'],
  [/\blearning-rates?\b/gi, 'learning rate'],
  [/\boutput-change\b/gi, 'output change'],
  [/\blayer-dependency\b/gi, 'layer dependency'],
  [/\bskip[- ]connections?\b/gi, 'shortcut'],
  [/\bself attention\b/gi, 'self-attention'],
  [/\bcross attention\b/gi, 'cross-attention'],
];

/** A word of prose that has another spelling here. */
export interface Misspelling {
  readonly line: number;
  readonly found: string;
  readonly allowed: string;
}

/** Blanks, line breaks kept. */
const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** What people read of a page: without code, formulas, addresses, scripts, front matter and paths. */
const proseOf = (markdown: string): string =>
  markdown
    .replace(/^---\n[\s\S]*?\n---\n/, blank)
    .replace(/^( {0,3})(`{3,}|~{3,})[\s\S]*?^\1\2.*$/gm, blank)
    .replace(/^ {4}.*$/gm, blank)
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, blank)
    .replace(/``[^`]+``|`[^`]+`/g, blank)
    .replace(/\$\$[\s\S]*?\$\$|\$[^$\n]+\$/g, blank)
    .replace(/\]\([^)]*\)/g, blank)
    .replace(/<[^>]+>/g, blank)
    .replace(/\bhttps?:\S+/g, blank);

/** The refused spellings of a page's prose, in order. */
export const misspellings = (markdown: string): Misspelling[] =>
  proseOf(markdown)
    .split('\n')
    .flatMap((text, index) =>
      REFUSED.flatMap(([pattern, allowed]) => {
        const found = text.match(pattern)?.find((word) => word !== allowed);
        return found === undefined ? [] : [{ line: index + 1, found, allowed }];
      }),
    );
