import { gradientFigure, gradientNorms } from '@steadyformer/analysis';
import * as v from 'valibot';
import { grid, type Item } from '../../framework/item';
import { digits, judge, meanOf, shown } from '../../framework/statistics';
import { lossOf } from '../../measure/loss';
import { LABELS, METHODS, type Method, methodNamed } from '../../measure/methods';
import { type SubjectSize, withModel } from '../../measure/model';
import { textOf } from '../../measure/text';

interface Size extends SubjectSize {
  readonly depth: number;
}

const STACKS = ['encoder', 'decoder'] as const;

/** |dx_i| of one network; depth 0 is the stack's input. */
const point = v.object({
  method: v.picklist(METHODS),
  seed: v.number(),
  stack: v.picklist(STACKS),
  depth: v.number(),
  path: v.string(),
  norm: v.number(),
});
type Point = v.InferOutput<typeof point>;

interface Network {
  readonly method: Method;
  readonly seed: number;
  readonly stack: (typeof STACKS)[number];
  /** By depth. */
  readonly outputs: readonly Point[];
}

const networks = (points: readonly Point[]): Network[] => {
  const found = new Map<string, Point[]>();
  for (const each of points) {
    const key = `${each.method} ${each.seed} ${each.stack}`;
    found.set(key, [...(found.get(key) ?? []), each]);
  }
  return [...found.values()].map((own) => {
    const { method, seed, stack } = own[0]!;
    return { method, seed, stack, outputs: own.toSorted((a, b) => a.depth - b.depth) };
  });
};

/** |dx_0| / |dx_N|. */
const ratio = ({ outputs }: Network): number => outputs[0]!.norm / outputs.at(-1)!.norm;

/** The share of the fall from dx_N to dx_0 that comes of passing encoder-attention. */
const crossShare = ({ outputs }: Network): number => {
  const steps = outputs.slice(1).map(({ path, norm }, i) => ({
    cross: path.endsWith('.crossAttention'),
    fall: Math.log(norm / outputs[i]!.norm),
  }));
  const sum = (of: typeof steps): number => of.reduce((total, { fall }) => total + fall, 0);
  return sum(steps.filter(({ cross }) => cross)) / sum(steps);
};

export const fig3: Item<Size, Point> = {
  name: 'fig3',
  paper: 'Figures 3 and 11',
  states:
    'gradients vanish with depth in the Post-LN decoder alone, by its encoder-attention; in no encoder, and not in Pre-LN',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 4000,
      merges: 2000,
      maxTokens: 512,
      depth: 18,
      width: 256,
      heads: 8,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 100_000,
      merges: 32_000,
      maxTokens: 4096,
      depth: 18,
      width: 512,
      heads: 8,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 128,
      depth: 3,
      width: 16,
      heads: 2,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ method: METHODS, seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const { method, seed } = values as { readonly method: Method; readonly seed: number };
    const text = await textOf(corpus(size.corpus), size);
    const { outputs } = await withModel(text, size, methodNamed(method), seed, ({ model, batch, ids }) =>
      gradientNorms(model, ids, lossOf(model, batch)),
    );
    return STACKS.flatMap((stack) =>
      outputs[stack]!.map(({ depth: at, path, norm }) => ({ method, seed, stack, depth: at, path, norm })),
    );
  },
  verdict: (points) => {
    const all = networks(points);
    const ratios = (method: Method, stack: string): number[] =>
      all.filter((each) => each.method === method && each.stack === stack).map(ratio);
    const shares = all
      .filter(({ method, stack }) => method === 'postLN' && stack === 'decoder')
      .map(crossShare);
    const postDecoder = ratios('postLN', 'decoder');
    const postEncoder = ratios('postLN', 'encoder');
    const pre = STACKS.map((stack) => ratios('preLN', stack));
    const lowest = pre.map(meanOf).indexOf(Math.min(...pre.map(meanOf)));
    return [
      {
        claim: 'Post-LN decoder vanishes, |dx_0| / |dx_N| below 0.1',
        word: judge(postDecoder, { below: 0.1 }, { above: 0.5 }),
        found: shown(postDecoder),
      },
      {
        claim: 'Post-LN encoder does not, above 0.5',
        word: judge(postEncoder, { above: 0.5 }, { below: 0.1 }),
        found: shown(postEncoder),
      },
      {
        claim: 'Pre-LN does not in either stack, above 0.5',
        word: judge(pre[lowest]!, { above: 0.5 }, { below: 0.1 }),
        found: `${shown(pre[lowest]!)} in the ${STACKS[lowest]}, the lower of the two; Admin's decoder ${shown(ratios('admin', 'decoder'))}`,
      },
      {
        claim: 'encoder-attention takes most of the decline of the Post-LN decoder, a share above 0.5',
        word: judge(shares, { above: 0.5 }, { below: 0.5 }),
        found: `${shown(shares)}, ${digits(100 * meanOf(shares))} %`,
      },
    ];
  },
  figure: (points) => {
    const all = networks(points);
    const curves: Record<string, { depth: number; norm: number }[]> = {};
    for (const stack of STACKS) {
      for (const method of METHODS) {
        const own = all.filter((each) => each.method === method && each.stack === stack);
        if (own.length === 0) continue;
        curves[`${LABELS[method]} ${stack}`] = own[0]!.outputs.map(({ depth }, i) => ({
          depth,
          // Over the last output's, and the geometric mean over networks.
          norm: Math.exp(meanOf(own.map(({ outputs }) => Math.log(outputs[i]!.norm / outputs.at(-1)!.norm)))),
        }));
      }
    }
    return gradientFigure(curves, 'Gradient norms of sub-layer outputs, real loss');
  },
};
