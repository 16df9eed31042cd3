import { SteadyformerError, show } from '@steadyformer/core';
import {
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Range,
  type Scalar,
  type YAMLMap,
} from 'yaml';

// YAML 1.2, of which JSON is a part, as plain JSON values: whatever else YAML can say is an error with its place.

/** A text that was read. */
export interface Parsed {
  /** Records, lists, texts, finite numbers, true, false and null; undefined where the text holds nothing. */
  readonly value: unknown;
  /** Where the value at a path is, or the last step of it that is there: 'line:column', from 1. */
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

/** Levels of nesting. The parser below would not come back from some thousands. */
const DEEPEST = 64;
/** Values, with those that an alias stands for counted every time. */
const MOST = 100_000;

type Fail = (offset: number, problem: string) => SteadyformerError;

/**
 * Reads YAML or JSON.
 *
 * @param name what errors call the text; the place follows
 * @throws SteadyformerError on what is not well-formed, on several documents, on a key that is there twice, on tags, on numbers that JSON
 *   does not have, and on what is nested or repeated beyond reason
 */
export const parseYaml = (text: string, name: string): Parsed => {
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const fail: Fail = (offset, problem) => new SteadyformerError(`${name}:${place(offset)}: ${problem}`);
  checkNesting(text, name);
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Its own check takes a time that goes with the square of the keys.
    uniqueKeys: false,
    schema: 'core',
    resolveKnownTags: false,
    logLevel: 'silent',
  });
  const [first, second] = Array.isArray(documents) ? (documents as Document[]) : [];
  if (!first) return { value: undefined, placeOf: () => '1:1' };
  const [fault] = [...first.errors, ...first.warnings];
  if (fault) throw fail(fault.pos[0], explained(fault.message));
  if (second) throw fail(startOf(second), 'a second document begins here; a config is one');
  const { contents } = first;
  return {
    value: contents === null ? undefined : plain(contents, fail),
    placeOf: (path) => place(offsetOf(contents, path)),
  };
};

const explained = (message: string): string =>
  message.startsWith('Unresolved tag') ? `${message.split(':')[0]}: a config has none` : message;

/** By the lexer, which does not recurse. */
const checkNesting = (text: string, name: string): void => {
  let [flow, inLine, line] = [0, 0, 1];
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === 'flow-seq-start' || type === 'flow-map-start') flow++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') flow--;
    else if (type === 'newline') inLine = 0;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind') inLine++;
    if (flow > DEEPEST || (flow === 0 && inLine > DEEPEST)) {
      throw new SteadyformerError(`${name}:${line}:1: nested deeper than ${DEEPEST} levels`);
    }
    for (const character of lexeme) if (character === '\n') line++;
  }
};

const startOf = (node: unknown): number =>
  ((node as { readonly range?: Range | null } | null)?.range ?? [0])[0];

const plain = (root: Node, fail: Fail): unknown => {
  const anchors = new Map<string, Node>();
  const open = new Set<unknown>();
  let count = 0;
  const convert = (node: unknown, depth: number): unknown => {
    if (++count > MOST) throw fail(startOf(node), `more than ${MOST} values`);
    if (depth > DEEPEST) throw fail(startOf(node), `nested deeper than ${DEEPEST} levels`);
    if (isAlias(node)) {
      const meant = anchors.get(node.source);
      if (!meant) throw fail(startOf(node), `the alias *${node.source} has no anchor before it`);
      if (open.has(meant))
        throw fail(startOf(node), `the alias *${node.source} stands inside its own anchor`);
      return convert(meant, depth);
    }
    const { anchor } = (node ?? {}) as { readonly anchor?: string };
    if (anchor) anchors.set(anchor, node as Node);
    if (isScalar(node)) return scalar(node, fail);
    open.add(node);
    const value = isMap(node)
      ? record(node, (item) => convert(item, depth + 1), fail)
      : isSeq(node)
        ? node.items.map((item) => convert(item, depth + 1))
        : null;
    open.delete(node);
    return value;
  };
  return convert(root, 1);
};

const record = ({ items }: YAMLMap, convert: (node: unknown) => unknown, fail: Fail): unknown => {
  const entries = new Map<string, unknown>();
  for (const { key, value } of items) {
    const name = nameOf(key);
    if (name === undefined) throw fail(startOf(key), 'a key is a text');
    if (entries.has(name)) throw fail(startOf(key), `the key ${show(name)} is there twice`);
    entries.set(name, convert(value));
  }
  // Makes own properties of all of them, whatever they are called.
  return Object.fromEntries(entries);
};

const nameOf = (key: unknown): string | undefined =>
  isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))) : undefined;

const scalar = ({ value, source, range }: Scalar, fail: Fail): unknown => {
  if (typeof value !== 'number') return value;
  const offset = range?.[0] ?? 0;
  if (!Number.isFinite(value)) throw fail(offset, `received ${source}, allowed finite numbers`);
  if (/^[-+]?\d+$/.test(source ?? '') && !Number.isSafeInteger(value)) {
    throw fail(offset, `received ${source}, which is too large for a whole number`);
  }
  return value;
};

/** As far as the path goes: of a key in a record its own place. */
const offsetOf = (root: unknown, path: readonly (string | number)[]): number => {
  let [node, offset] = [root, startOf(root)];
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => nameOf(key) === String(step));
      if (!pair) break;
      [node, offset] = [pair.value, startOf(pair.key)];
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)];
      offset = startOf(node);
    } else break;
  }
  return offset;
};
