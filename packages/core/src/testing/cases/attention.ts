import { type AttentionInputs, composedAttention, composedAttentionGrad, MASKED } from '../../ops/attention';
import { randomStream } from '../../random/random';
import { type Plain, type Plains, reals } from '../numbers';
import type { Spec } from '../spec';

interface Form {
  readonly options: string;
  /** Tq, Tk; equal where packed. */
  readonly queries: number;
  readonly keys: number;
  /** H, G. */
  readonly heads: number;
  readonly groups: number;
  /** Dh. */
  readonly depth: number;
  readonly batch?: number;
  readonly packed?: boolean;
  readonly mask?: 'row' | 'full';
  /** Whether a query sees nothing: backends differ in what it then gives, but it stays finite. */
  readonly blind?: boolean;
  readonly causal?: boolean;
  readonly rate?: number;
}

const sizes = { heads: 2, groups: 2, depth: 3 } as const;
const FORMS: readonly Form[] = [
  { options: 'packed', ...sizes, queries: 5, keys: 5, packed: true },
  {
    options: 'one of everything',
    queries: 1,
    keys: 1,
    heads: 1,
    groups: 1,
    depth: 1,
    batch: 1,
    packed: true,
  },
  { options: 'to a memory', ...sizes, queries: 3, keys: 7 },
  { options: 'pads masked', ...sizes, queries: 3, keys: 7, mask: 'row' },
  { options: 'a mask of every query', ...sizes, queries: 4, keys: 4, packed: true, mask: 'full' },
  {
    options: 'a query that may see nothing',
    ...sizes,
    queries: 4,
    keys: 4,
    packed: true,
    mask: 'full',
    blind: true,
  },
  { options: 'causal', ...sizes, queries: 6, keys: 6, packed: true, causal: true },
  { options: 'causal, keys before the queries', ...sizes, queries: 2, keys: 6, causal: true },
  { options: 'causal, one query', ...sizes, queries: 1, keys: 6, causal: true },
  { options: 'groups of two heads', ...sizes, heads: 4, queries: 5, keys: 5, packed: true },
  { options: 'one head of keys and values', ...sizes, heads: 4, groups: 1, queries: 3, keys: 5 },
  { options: 'dropout', ...sizes, queries: 5, keys: 5, packed: true, rate: 0.4 },
  {
    options: 'groups, masks and dropout at once',
    heads: 4,
    groups: 2,
    depth: 5,
    queries: 9,
    keys: 9,
    packed: true,
    mask: 'full',
    causal: true,
    rate: 0.3,
  },
  {
    options: 'many rows',
    heads: 4,
    groups: 4,
    depth: 8,
    queries: 17,
    keys: 23,
    batch: 3,
    mask: 'row',
    rate: 0.1,
  },
  { options: 'no queries', ...sizes, queries: 0, keys: 3 },
];

/** Every other key hidden, never the first; where `blind`, all keys of the last query of the last sentence. */
const maskOf = ({ batch = 2, queries, keys, mask, blind }: Form): Plain => {
  const rows = mask === 'full' ? queries : 1;
  const data = Array.from({ length: batch * rows * keys }, (_, at) => {
    const [b, i, j] = [Math.floor(at / keys / rows), Math.floor(at / keys) % rows, at % keys];
    const nothing = blind === true && b === batch - 1 && i === rows - 1;
    return nothing || (j > 0 && (i + j) % 2 === 1) ? MASKED : 0;
  });
  return { shape: [batch, 1, rows, keys], data };
};

const specs = (form: Form): (Spec<'SteadyAttention'> | Spec<'SteadyAttentionGrad'>)[] => {
  const { options, queries, keys, heads, groups, depth, batch = 2, packed = false, rate = 0 } = form;
  const inputs: Plains = {
    query: reals([batch, queries, (packed ? heads + 2 * groups : heads) * depth], 1),
    ...(packed ? {} : { keyValue: reals([batch, keys, 2 * groups * depth], 2) }),
    ...(form.mask ? { mask: maskOf(form) } : {}),
  };
  const attrs = {
    heads,
    keyValueHeads: groups,
    scale: 1 / Math.sqrt(depth + 1),
    causal: form.causal ?? false,
    dropoutRate: rate,
    dropoutKey: randomStream(7).key,
  };
  const finite = form.blind ? { finite: true } : {};
  return [
    {
      kernel: 'SteadyAttention',
      options,
      ...finite,
      inputs,
      attrs,
      composed: composedAttention,
      outputs: ['y', undefined],
    },
    {
      kernel: 'SteadyAttentionGrad',
      options,
      ...finite,
      inputs: { dy: reals([batch, queries, heads * depth], 3), ...inputs },
      attrs,
      composed: composedAttentionGrad,
      outputs: packed ? ['dQuery'] : ['dQuery', 'dKeyValue'],
      saved: {
        kernel: 'SteadyAttention',
        inputs,
        attrs,
        composed: (tensors) => composedAttention(tensors as unknown as AttentionInputs, attrs),
        keep: ([y, saved]) => ({ y: y!, saved: saved! }),
        own: true,
      },
    },
  ];
};

/** SteadyAttention and its gradient, which reads what the backend's own forward pass saved. */
export const attentionSpecs: () => (Spec<'SteadyAttention'> | Spec<'SteadyAttentionGrad'>)[] = () =>
  FORMS.flatMap(specs);
