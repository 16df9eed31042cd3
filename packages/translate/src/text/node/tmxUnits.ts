import { SteadyformerError } from '@steadyformer/core';
import { SaxesParser } from 'saxes';
import { inputError } from '../inputError';
import type { NamedText } from '../namedText';
import { ampersandGuard } from './ampersands';
import { decodeXml } from './decodeXml';

/** One language's text of a unit. */
export interface Variant {
  /** As the file has it, such as 'EN-US'. */
  readonly language: string;
  readonly text: string;
}

/** A translation unit (`<tu>`): the same text in several languages, and the line it starts in. */
export interface Unit {
  readonly line: number;
  readonly variants: readonly Variant[];
}

/** Elements that hold a document's own codes (TMX 1.4b, content markup), `ut` and the texts inside codes with them. */
const CODES: ReadonlySet<string> = new Set(['bpt', 'ept', 'ph', 'it', 'ut', 'sub']);

const BREAKS = /[\n\r\v\f\u0085\u2028\u2029]/u;

/** A sentence in one line: a line break, with the white space around it, becomes a space. */
const inOneLine = (text: string): string =>
  BREAKS.test(text)
    ? text
        .split(BREAKS)
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .join(' ')
    : text;

const short = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}...` : text);

/** A name without its namespace's prefix. */
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

interface Parser {
  readonly line: () => number;
  readonly write: (piece: string) => void;
  readonly close: () => void;
}

const tmxParser = (name: string, found: (unit: Unit) => void): Parser => {
  const parser = new SaxesParser();
  const guard = ampersandGuard();
  let variants: Variant[] | undefined;
  let [unitLine, depth, codes] = [0, 0, 0];
  let language: string | undefined;
  let seg: string | undefined;
  let insideSeg = false;
  const refuse = (problem: string): never => {
    throw inputError(name, parser.line, problem);
  };

  const open = (tag: string, attributes: Readonly<Record<string, string>>): void => {
    if (insideSeg) {
      if (tag === 'seg' || tag === 'tuv' || tag === 'tu') refuse(`<${tag}> inside a <seg>.`);
      if (CODES.has(tag)) codes++;
    } else if (tag === 'tu') {
      if (variants) refuse('<tu> inside a <tu>.');
      variants = [];
    } else if (tag === 'tuv' && variants) {
      if (language !== undefined) refuse('<tuv> inside a <tuv>.');
      language = (attributes['xml:lang'] ?? attributes.lang ?? '').trim();
      if (language === '') refuse('<tuv> without a language. Give it xml:lang, such as xml:lang="en".');
      seg = undefined;
    } else if (tag === 'seg' && language !== undefined) {
      if (seg !== undefined) refuse('more than one <seg> in a <tuv>.');
      seg = '';
      insideSeg = true;
    }
  };

  const close = (tag: string): void => {
    if (insideSeg) {
      if (tag === 'seg') insideSeg = false;
      else if (CODES.has(tag)) codes--;
    } else if (tag === 'tuv' && variants && language !== undefined) {
      variants.push({ language, text: inOneLine(seg ?? '') });
      language = undefined;
    } else if (tag === 'tu' && variants) {
      found({ line: unitLine, variants });
      variants = undefined;
    }
  };

  const addText = (text: string): void => {
    if (insideSeg && codes === 0) seg += text;
  };

  parser.on('error', (error) => {
    const problem = short(error.message.replace(/^\d+:\d+: /u, '').replace(/\.$/u, ''));
    refuse(`not well-formed XML (${problem}). Mend the file, or export it again.`);
  });
  parser.on('xmldecl', ({ encoding = 'UTF-8' }) => {
    // What is UTF-8 or UTF-16 was told by the bytes.
    if (!/^(?:utf-?8|utf-?16(?:le|be)?|us-ascii)$/iu.test(encoding))
      refuse(
        `declares the encoding '${short(encoding)}', UTF-8 or UTF-16 is wanted. ` +
          'Convert the file (for example with iconv), and change the declaration.',
      );
  });
  parser.on('opentagstart', (tag) => {
    const local = localName(tag.name);
    if (depth++ === 0 && local !== 'tmx')
      refuse(`the root element is <${short(tag.name)}>, <tmx> is wanted. Check that it is a TMX file.`);
    if (local === 'tu' && !variants) unitLine = parser.line;
  });
  parser.on('opentag', (tag) => open(localName(tag.name), tag.attributes));
  parser.on('closetag', (tag) => {
    depth--;
    close(localName(tag.name));
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  const write = (piece: string | undefined): void => {
    const { text, bare } = guard(piece);
    if (text !== '') parser.write(text);
    if (bare) refuse('not well-formed XML (a bare &). Write &amp; for it, or export the file again.');
  };
  return {
    line: () => parser.line,
    write,
    close: () => {
      write(undefined);
      parser.close();
    },
  };
};

/**
 * The translation units of a TMX document, in order, read as they are asked for: memory holds those of one chunk.
 *
 * @throws SteadyformerError with name and line where it is not well-formed XML, not TMX, or in another encoding than
 *   UTF-8 or UTF-16.
 */
export async function* tmxUnits(text: NamedText): AsyncGenerator<Unit> {
  let units: Unit[] = [];
  let failure: unknown;
  const parser = tmxParser(text.name, (unit) => units.push(unit));
  // What stands before an error is read, however the file was cut into chunks.
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof SteadyformerError)) throw error;
      failure = error;
    }
  };
  let empty = true;
  for await (const piece of decodeXml(text, parser.line)) {
    if (piece === '') continue;
    empty &&= piece.trim() === '';
    attempt(() => parser.write(piece));
    yield* units;
    if (failure) throw failure;
    units = [];
  }
  if (empty) throw inputError(text.name, undefined, 'the file is empty.');
  attempt(parser.close);
  yield* units;
  if (failure) throw failure;
}
