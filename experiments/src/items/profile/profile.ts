import { profile as profileOf } from '@steadyformer/admin-init';
import { curvesFigure } from '@steadyformer/analysis';
import { admin } from '@steadyformer/core';
import { batchTensors } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { grid, type Item } from '../../framework/item';
import { judge, meanOf, shown } from '../../framework/statistics';
import { modelOf, type SubjectSize } from '../../measure/model';
import { bySeed } from '../../measure/points';
import { batchOf, textOf } from '../../measure/text';
import { authorsOmega } from './authors';

interface Size extends SubjectSize {
  /** Of the encoder. */
  readonly depth: number;
}

/** One sub-layer of an encoder as profiled. */
const point = v.object({
  seed: v.number(),
  /** i, from 1. */
  depth: v.number(),
  kind: v.picklist(['selfAttention', 'feedForward']),
  omega: v.number(),
  /** v_i. */
  variance: v.number(),
  authors: v.number(),
});
type Point = v.InferOutput<typeof point>;

const FIRST = 12;

/** The authors' feed-forward branches: mean of omega_{i+1}^2 - omega_i^2 over even i. */
const AUTHORS_FEED_FORWARD = 0.395;

/** The largest distance from the authors' omega, as a share of it. */
const farthest = (network: readonly Point[]): number =>
  Math.max(...network.map(({ omega, authors }) => Math.abs(omega / authors - 1)));

export const profile: Item<Size, Point> = {
  name: 'profile',
  paper: 'Section 4.3 and the published profile',
  states:
    'omega_i^2 is the variance before sub-layer i: omega grows from 1 to 8.84 at encoder sub-layer 200 in the profile that the authors published',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 4000,
      merges: 2000,
      maxTokens: 1024,
      depth: 100,
      width: 256,
      heads: 8,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 100_000,
      merges: 32_000,
      maxTokens: 4096,
      depth: 100,
      width: 512,
      heads: 8,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      depth: 7,
      width: 16,
      heads: 2,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const seed = Number(values.seed);
    const text = await textOf(corpus(size.corpus), size);
    const deep = { ...size, depth: { encoder: size.depth, decoder: 1 }, dropout: 0.1 };
    const model = modelOf(text, deep, admin(), seed);
    const ids = batchTensors(batchOf(text, size.maxTokens, seed));
    const { stacks } = await profileOf(model, [ids], { seed });
    model.dispose();
    tf.dispose([ids.source, ids.target]);
    const authors = await authorsOmega();
    return stacks.encoder!.map(({ path, omega, branchVariance }, i) => ({
      seed,
      depth: i + 1,
      kind: path.endsWith('selfAttention') ? ('selfAttention' as const) : ('feedForward' as const),
      omega,
      variance: branchVariance,
      authors: authors[i]!,
    }));
  },
  verdict: (points) => {
    const networks = bySeed(points);
    const first = networks.map((network) => farthest(network.slice(0, FIRST)));
    const all = networks.map(farthest);
    const last = networks.map((network) => network.at(-1)!);
    const feedForward = networks.map((network) =>
      meanOf(network.filter(({ kind }) => kind === 'feedForward').map(({ variance }) => variance)),
    );
    const off = feedForward.map((value) => Math.abs(value / AUTHORS_FEED_FORWARD - 1));
    return [
      {
        claim: `the first ${FIRST} omegas are the authors' within 10 %`,
        word: judge(first, { below: 0.1 }, { above: 0.2 }),
        found: `largest difference, as a share ${shown(first)}`,
      },
      {
        claim: 'so are all',
        word: judge(all, { below: 0.1 }, { above: 0.2 }),
        found: `largest difference ${shown(all)}; at i = ${last[0]!.depth} ${shown(last.map(({ omega }) => omega))}, the authors' ${last[0]!.authors.toFixed(2)}`,
      },
      {
        claim: `feed-forward branches have the authors' variance, ${AUTHORS_FEED_FORWARD}, within 5 %`,
        word: judge(off, { below: 0.05 }, { above: 0.1 }),
        found: shown(feedForward),
      },
    ];
  },
  figure: (points) => {
    const networks = bySeed(points);
    const [longest] = networks;
    // Some thirty of them, the first always there.
    const step = Math.max(1, Math.round(longest!.length / 30));
    const chosen = longest!.filter(({ depth }) => (depth - 1) % step === 0);
    return curvesFigure(
      {
        'the authors, width 512': chosen.map(({ depth, authors }) => ({ update: depth, value: authors })),
        'ours, mean': chosen.map(({ depth }) => ({
          update: depth,
          value: meanOf(networks.map((network) => network[depth - 1]!.omega)),
        })),
      },
      {
        title: 'Omega by encoder sub-layer',
        label: 'omega_i',
        xLabel: 'Encoder sub-layer i',
        logarithmic: false,
      },
    );
  },
};
