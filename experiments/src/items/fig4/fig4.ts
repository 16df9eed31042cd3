import { measureBranches, outputChange, predict } from '@steadyformer/analysis';
import { grid, type Item } from '../../framework/item';
import { lossOf } from '../../measure/loss';
import { METHODS, type Method, methodNamed } from '../../measure/methods';
import { type SubjectSize, withModel } from '../../measure/model';
import { textOf } from '../../measure/text';
import { figureOf } from './figure';
import { KINDS, type Kind, type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size extends Omit<SubjectSize, 'maxTokens'> {
  /** Deep Post-LN networks scatter widely where tokens are few; a backward pass needs memory for all of them. */
  readonly maxTokens: Readonly<Record<Kind, number>>;
  /** Of the encoder; a decoder of one block makes the loss. */
  readonly depth: number;
}

/** The authors' steps: signs of this size. */
const STEP: Readonly<Record<Kind, number>> = { random: 1e-4, gradient: 1e-6 };

/** Some twenty depths, evenly on a logarithmic axis. */
const depthsTo = (last: number): number[] => {
  const depths = Array.from({ length: 24 }, (_, i) => Math.round(2 * (last / 2) ** (i / 23)));
  return [...new Set([1, ...depths])];
};

export const fig4: Item<Size, Point> = {
  name: 'fig4',
  paper: 'Figure 4',
  states:
    'the output change grows as N in Post-LN, as log N in Pre-LN and Admin (R² 0.99), after a random step and after one along the gradient',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 4000,
      merges: 2000,
      maxTokens: { random: 4096, gradient: 1024 },
      depth: 100,
      width: 128,
      heads: 4,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 100_000,
      merges: 32_000,
      maxTokens: { random: 4096, gradient: 4096 },
      depth: 100,
      width: 512,
      heads: 8,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: { random: 64, gradient: 64 },
      depth: 5,
      width: 16,
      heads: 2,
    },
  },
  seeds: { small: 5, paper: 5, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ kind: KINDS, method: METHODS, seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const { kind, method, seed } = values as {
      readonly kind: Kind;
      readonly method: Method;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const deep = { ...size, maxTokens: size.maxTokens[kind], depth: { encoder: size.depth, decoder: 1 } };
    return withModel(text, deep, methodNamed(method), seed, async ({ model, batch, ids }) => {
      const step = STEP[kind];
      const branches = await measureBranches(model, ids);
      const perturbation = { kind: 'sign', size: step, embedding: true } as const;
      const { encoder: predicted } = await predict(model, { ...branches, perturbation });
      const { encoder: measured } = await outputChange(model, ids, {
        change:
          kind === 'random'
            ? { kind: 'sign', size: step }
            : { kind: 'gradient', size: step, loss: lossOf(model, batch) },
        seeds: [seed],
        depths: depthsTo(2 * size.depth),
      });
      const [input, ...outputs] = measured!;
      const at = new Map(predicted!.outputChange.map((each) => [each.depth, each]));
      return outputs.map(({ depth, change }): Point => {
        const { change: expected, diagonalSum } = at.get(depth)!;
        return {
          kind,
          method,
          seed,
          depth,
          change: change.mean,
          inputChange: input!.change.mean,
          predicted: expected,
          diagonalSum,
        };
      });
    });
  },
  verdict: claimsOf,
  figure: figureOf,
};
