import * as v from 'valibot';
import { check, nearest, SteadyformerError, show } from '../checks/errors';
import { fields, parseAs, such } from '../checks/schema';
import type { Module, NamedParameter, Parameter } from './module';

/** The parameters below a path, by the next segment of their own. */
interface Node {
  readonly path: string;
  readonly parameters: Parameter[];
  readonly children: Map<string, Node>;
}

const node = (path: string): Node => ({ path, parameters: [], children: new Map() });

const treeOf = (occurrences: readonly NamedParameter[]): Node => {
  const root = node('');
  for (const { path, parameter } of occurrences) {
    let at = root;
    for (const segment of path.split('.')) {
      let child = at.children.get(segment);
      if (!child) {
        child = node(at.path ? `${at.path}.${segment}` : segment);
        at.children.set(segment, child);
      }
      at = child;
    }
    at.parameters.push(parameter);
  }
  return root;
};

const ANY_DEPTH = '**';

/** Whether a segment of a path is what a segment of a pattern says. */
type Matcher = (segment: string) => boolean;

const ALLOWED =
  "segments with dots between: names, '*' for any one, '**' for any number, '{a,b}' for either of these";

/** The names a segment of a pattern stands for. */
const namesOf = (segment: string): readonly string[] =>
  segment.startsWith('{') ? segment.slice(1, -1).split(',') : [segment];

const matcherOf = (pattern: string, segment: string): Matcher => {
  const names = namesOf(segment);
  const braced = segment.startsWith('{') && segment.endsWith('}') && segment.length > 2;
  const plain = names.every((name) => name !== '' && !/[*{},]/u.test(name));
  check(
    segment === '*' || (plain && (braced || names[0] === segment)),
    'select() pattern',
    pattern,
    ALLOWED,
    `'${show(segment).slice(1, -1)}' is no segment.`,
  );
  return segment === '*' ? () => true : (name) => names.includes(name);
};

const below = (from: Iterable<Node>): Set<Node> => {
  const all = new Set(from);
  // A set's iteration goes on to what is added meanwhile.
  for (const { children } of all) for (const child of children.values()) all.add(child);
  return all;
};

/** The nodes that a pattern matches. Throws where there is none, naming the nearest path. */
const matches = (root: Node, pattern: string): Set<Node> => {
  check(typeof pattern === 'string' && pattern !== '', 'select() pattern', pattern, ALLOWED);
  const segments = pattern.split('.');
  const steps = segments.map((segment) =>
    segment === ANY_DEPTH ? undefined : { segment, matcher: matcherOf(pattern, segment) },
  );
  let found = new Set([root]);
  for (const step of steps) {
    if (!step) {
      found = below(found);
      continue;
    }
    const children = [...found].flatMap(({ children }) => [...children]);
    const next = children.filter(([name]) => step.matcher(name)).map(([, child]) => child);
    if (next.length === 0) throw nothingAt(pattern, step.segment, children);
    found = new Set(next);
  }
  return found;
};

const nothingAt = (
  pattern: string,
  segment: string,
  children: readonly (readonly [string, Node])[],
): SteadyformerError => {
  const near = nearest(namesOf(segment)[0]!, [...new Set(children.map(([name]) => name))]);
  const path = children.find(([name]) => name === near)?.[1].path;
  const hint = path ? `the nearest path is '${path}'` : 'there is nothing so deep';
  return new SteadyformerError(`select: no parameter at ${show(pattern)}; ${hint}`);
};

/** Options of `select`. */
export interface SelectOptions {
  /** What is left out of them, by patterns as well, each of which has to match something in the model. */
  readonly except?: string | readonly string[];
}

/**
 * The parameters at or below the paths that a pattern, or any of several, matches: `encoder.layers.*.feedForward`,
 * `**.bias`, `{encoder,decoder}.layers.0`. A segment is a name, `*` (any one), `**` (any number, none included) or
 * `{a,b}` (either). A parameter that several modules share is found under each of its paths.
 *
 * @returns each parameter once, named and in order as `parameters()` has it
 * @throws SteadyformerError on a pattern that matches nothing, with the nearest path, and where nothing is left
 */
export const select = (
  model: Module,
  patterns: string | readonly string[],
  options: SelectOptions = {},
): NamedParameter[] => {
  check(typeof model?.occurrences === 'function', 'select() model', model, 'a model or another Module');
  const list = such<string | readonly string[]>(
    'a pattern or a list of them',
    (value) => typeof value === 'string' || Array.isArray(value),
  );
  const { except } = parseAs(fields({ except: v.optional(list, []) }), options, 'select()');
  const wanted = listOf(patterns);
  check(wanted.length > 0, 'select() patterns', patterns, 'a pattern or a list of them');
  const root = treeOf(model.occurrences());
  const chosen = parametersAt(root, wanted);
  const left = parametersAt(root, listOf(except));
  const found = model.parameters().filter(({ parameter }) => chosen.has(parameter) && !left.has(parameter));
  if (found.length === 0) {
    throw new SteadyformerError(`select: nothing of ${show(patterns)} is left without ${show(except)}`);
  }
  return found;
};

const listOf = (patterns: string | readonly string[]): readonly string[] =>
  Array.isArray(patterns) ? (patterns as readonly string[]) : [patterns as string];

const parametersAt = (root: Node, patterns: readonly string[]): Set<Parameter> =>
  new Set(
    patterns.flatMap((pattern) => [...below(matches(root, pattern))].flatMap(({ parameters }) => parameters)),
  );
