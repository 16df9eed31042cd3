import { normaliseText } from './normalise';

/** Of numbers, whatever they are. */
const NUMBER = 0x30;
/** Characters below this one are folded by a table. */
const TABLE = 0x300;

// What either case makes equal becomes equal: lower before upper.
const fold = (text: string): string => text.toLowerCase().toUpperCase();

/** What each character below `TABLE` becomes: one unit, or two (as SS of a sharp s), else 0. */
const makeTable = (): { readonly first: Uint16Array; readonly second: Uint16Array } => {
  const folded = Array.from({ length: TABLE }, (_, code) => {
    const character = String.fromCharCode(code);
    return /\p{N}/u.test(character) ? '0' : fold(character);
  });
  return {
    first: Uint16Array.from(folded, (text) => text.charCodeAt(0)),
    second: Uint16Array.from(folded, (text) => text.charCodeAt(1)),
  };
};

let table: ReturnType<typeof makeTable> | undefined;

const isInTable = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= TABLE) return false;
  return true;
};

const finish = (x: number): number => {
  let mixed = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};

/**
 * A number of 53 bits that twins share: texts that are the same after `normaliseText`, without regard to case, each
 * number (a run of digits) taken for any other. Of a million other texts, two share one by a chance of 10^-4.
 */
export const maskedKey = (text: string): number => {
  table ??= makeTable();
  const { first, second } = table;
  const normal = normaliseText(text);
  const masked = isInTable(normal) ? normal : fold(normal.replace(/\p{N}+/gu, '0'));
  let a = 0x3c6ef372;
  let b = 0x1b56c4e9;
  let before = 0;
  for (let i = 0; i < masked.length; i++) {
    const code = masked.charCodeAt(i);
    const unit = code < TABLE ? first[code]! : code;
    if (unit === NUMBER && before === NUMBER) continue;
    before = unit;
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995) ^ (a >>> 15);
    const more = code < TABLE ? second[code]! : 0;
    if (more === 0) continue;
    before = more;
    a = Math.imul(a ^ more, 0x01000193);
    b = Math.imul(b ^ more, 0x5bd1e995) ^ (a >>> 15);
  }
  return finish(a ^ (b >>> 7)) * 2 ** 21 + (finish(b) >>> 11);
};
