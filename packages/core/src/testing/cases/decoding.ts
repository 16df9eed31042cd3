import { MASKED } from '../../ops/attention';
import { composedAttentionStep } from '../../ops/attentionStep';
import { composedTopLogits } from '../../ops/topLogits';
import { type Plain, type Plains, reals } from '../numbers';
import type { Spec } from '../spec';

interface Form {
  readonly options: string;
  /** H, G, Dh. */
  readonly heads: number;
  readonly groups: number;
  readonly depth: number;
  /** Columns of the query and of every piece that stand before what is read. Default 0. */
  readonly more?: number;
  /** Keys and rows of each piece, and the rows of it that are read, one a row of the query. */
  readonly pieces: readonly (readonly [keys: number, rows: number, read: readonly number[]])[];
  readonly maskRows?: readonly number[];
}

const sizes = { heads: 2, groups: 2, depth: 3 } as const;
const FORMS: readonly Form[] = [
  { options: 'one key', heads: 1, groups: 1, depth: 1, pieces: [[1, 1, [0]]] },
  { options: 'a row each', ...sizes, pieces: [[5, 3, [0, 1, 2]]] },
  { options: 'rows in another order, some twice', ...sizes, pieces: [[5, 4, [2, 2, 0]]] },
  {
    options: 'pieces of a step each, behind the query',
    ...sizes,
    more: 6,
    pieces: [
      [1, 2, [1, 1, 0]],
      [1, 3, [2, 0, 1]],
      [1, 3, [0, 0, 0]],
      [1, 3, [0, 1, 2]],
      [1, 3, [0, 1, 2]],
    ],
  },
  {
    options: 'pieces of several keys, groups of two heads',
    heads: 4,
    groups: 2,
    depth: 5,
    more: 3,
    pieces: [
      [6, 2, [1, 0]],
      [3, 2, [1, 1]],
      [1, 4, [3, 0]],
    ],
  },
  {
    options: 'pads masked, a mask for several rows',
    heads: 4,
    groups: 1,
    depth: 8,
    pieces: [[7, 2, [0, 0, 1, 1]]],
    maskRows: [0, 0, 1, 1],
  },
  { options: 'many keys', heads: 2, groups: 2, depth: 16, pieces: [[33, 3, [2, 1, 0]]], maskRows: [1, 0, 2] },
];

/** Every third key hidden, never the first; another third in another row. */
const maskOf = (rows: number, keys: number): Plain => ({
  shape: [rows, 1, 1, keys],
  data: Array.from({ length: rows * keys }, (_, at) =>
    at % keys > 0 && (at + Math.floor(at / keys)) % 3 === 1 ? MASKED : 0,
  ),
});

/** SteadyAttentionStep. */
export const attentionStepSpecs: () => Spec<'SteadyAttentionStep'>[] = () =>
  FORMS.map(({ options, heads, groups, depth, more = 0, pieces, maskRows }) => {
    const keys = pieces.reduce((sum, [some]) => sum + some, 0);
    const width = 2 * groups * depth + more;
    const inputs: Plains = {
      query: reals([pieces[0]![2].length, 1, heads * depth + more], 1),
      ...Object.fromEntries(
        pieces.map(([some, rows], i) => [`piece${i}`, reals([rows, some, width], i + 2)] as const),
      ),
      ...(maskRows ? { mask: maskOf(Math.max(...maskRows) + 1, keys) } : {}),
    };
    const attrs = {
      ...{ heads, keyValueHeads: groups, depth, scale: 1 / Math.sqrt(depth + 1) },
      rows: pieces.map(([, , read]) => read),
      ...(maskRows ? { maskRows } : {}),
    };
    return {
      kernel: 'SteadyAttentionStep',
      options,
      inputs,
      attrs,
      composed: composedAttentionStep,
      outputs: ['y'],
    };
  });

const top = (options: string, logits: Plain, count: number): Spec<'SteadyTopLogits'> => ({
  kernel: 'SteadyTopLogits',
  options,
  inputs: { logits },
  attrs: { count },
  composed: composedTopLogits,
  outputs: ['values', 'indices', 'mass'],
});

/** SteadyTopLogits. */
export const topLogitsSpecs: () => Spec<'SteadyTopLogits'>[] = () => [
  top('one of one', reals([1, 1], 1), 1),
  top('one of many', reals([3, 41], 1), 1),
  top('some of many', reals([5, 103], 2), 7),
  top('all', reals([2, 9], 3), 9),
  top('equal ones', { shape: [2, 40], data: Array.from({ length: 80 }, (_, i) => (i * i) % 5) }, 9),
  top(
    'what cannot be, and large numbers',
    {
      shape: [2, 20],
      data: Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? Number.NEGATIVE_INFINITY : 90 + (i % 7))),
    },
    4,
  ),
];
