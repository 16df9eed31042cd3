import type { Mutation } from './mutateBytes';
import type { Random } from './random';

/** Characters that texts from elsewhere hold and that programs stumble over. */
const STRANGE = [
  '\0',
  '\ufeff',
  '\r',
  '\r\n',
  '\n',
  '\n\n',
  '\t',
  ' ',
  '  ',
  '\u00a0',
  '\u2028',
  '\u0085',
  '\ud800',
  '\udc00',
  '\ufffd',
  '\u200d',
  '\u202e',
  'e\u0301',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u2581',
  '</w>',
  '@@',
  '<unk>',
  '</s>',
  '"',
  '\\',
  ',',
  '{',
  '[',
  'NaN',
  '-1',
  '1e999',
  '__proto__',
  'constructor',
];

const LONG = 100_000;

type Mutator = (text: string, random: Random, other: string) => Mutation<string>;

const insert: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const what = random.pick(STRANGE);
  return { value: text.slice(0, at) + what + text.slice(at), change: `${JSON.stringify(what)} at ${at}` };
};

const insertLong: Mutator = (text, random) => {
  const at = random.below(text.length + 1);
  const what = random.pick(['x', ' ', '\t', '\n', 'ab ', '[', '\u0301', '1']);
  return {
    value: text.slice(0, at) + what.repeat(LONG / what.length) + text.slice(at),
    change: `${LONG / what.length} times ${JSON.stringify(what)} at ${at}`,
  };
};

const truncate: Mutator = (text, random) => {
  const length = random.below(text.length + 1);
  return { value: text.slice(0, length), change: `cut off at ${length}` };
};

const dropPart: Mutator = (text, random) => {
  const from = random.below(text.length + 1);
  const to = from + 1 + random.below(8);
  return { value: text.slice(0, from) + text.slice(to), change: `${from} to ${to} gone` };
};

/** Lines dropped, doubled, swapped or emptied. */
const onLines: Mutator = (text, random) => {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at]!;
  const [change, replacement] = random.pick<readonly [string, readonly string[]]>([
    ['gone', []],
    ['twice', [line, line]],
    ['empty', ['']],
    ['blank', [' \t ']],
    ['with \\r', [`${line}\r`]],
    ['reversed', [Array.from(line).reverse().join('')]],
    ['in upper case', [line.toUpperCase()]],
  ]);
  lines.splice(at, 1, ...replacement);
  return { value: lines.join('\n'), change: `line ${at + 1} ${change}` };
};

const splice: Mutator = (text, random, other) => {
  const at = random.below(text.length + 1);
  return {
    value: text.slice(0, at) + other.slice(random.below(other.length + 1)),
    change: `spliced at ${at}`,
  };
};

const replaceDigit: Mutator = (text, random) => {
  const digits = [...text.matchAll(/\d+(\.\d+)?/g)];
  if (digits.length === 0) return insert(text, random, '');
  const { index, 0: old } = random.pick(digits);
  const value = random.pick([
    '',
    '-1',
    '0',
    '1e400',
    'NaN',
    '0x10',
    '1_000',
    '9007199254740993',
    '1.5',
    'null',
  ]);
  return {
    value: text.slice(0, index) + value + text.slice(index + old.length),
    change: `${old} became ${JSON.stringify(value)}`,
  };
};

const whole: Mutator = (_, random) => {
  const value = random.pick(['', ' ', '\n', '\ufeff', '\0', 'null', '[]', '{}', '"', 'x'.repeat(LONG)]);
  return {
    value,
    change: value.length > 9 ? `all became ${value.length} times x` : `all became ${JSON.stringify(value)}`,
  };
};

const MUTATORS: readonly Mutator[] = [
  insert,
  insert,
  insert,
  truncate,
  dropPart,
  onLines,
  onLines,
  splice,
  replaceDigit,
  insertLong,
  whole,
];

/** One change of a text; `other` is a sound text of the same kind. */
export const mutateText = (text: string, random: Random, other: string): Mutation<string> =>
  random.pick(MUTATORS)(text, random, other);
