// What the tests of replicas share: a model, sentences, and threads that run our sources.
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  adam,
  admin,
  type Between,
  constant,
  type ResidualMethod,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { Batches, packTokens, type TokenBatch, Trainer, translationLoss } from '@steadyformer/translate';
import { betweenRanks, rankLearner, translationReplicas } from '@steadyformer/translate/node';
import { expect } from 'vitest';
import { ranksTogether } from '../../packages/translate/testing/ranksTogether';
import { buildWhole } from '../support/buildWhole';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Inside the workspace, so that packages are found from there. */
const folder = `${here}../node_modules/.cache/replicas`;

const bundles = new Map<string, Promise<URL>>();

/** An entry of this folder bundled with our sources: threads have no loader for TypeScript. */
export const bundled = (name: string): Promise<URL> => {
  const made = bundles.get(name) ?? bundle(name);
  bundles.set(name, made);
  return made;
};

const bundle = async (name: string): Promise<URL> => {
  const outfile = `${folder}/${name}.mjs`;
  await buildWhole({
    entryPoints: [`${here}${name}.entry.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['steadyformer-source'],
    external: ['@tensorflow/*', 'koffi'],
    plugins: [
      {
        name: 'backends',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^#backends$/ }, () => ({ path: `${here}backends.ts` }));
        },
      },
    ],
    logLevel: 'error',
  });
  return pathToFileURL(outfile);
};

/** Sentences whose translation is each token plus one. */
const sentences = Array.from({ length: 23 }, (_, i) =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j * 5) % 8)),
);
export const corpus = {
  source: packTokens(sentences),
  target: packTokens(sentences.map((ids) => ids.map((id) => id + 1))),
};

export const modelOf = (dropout = 0, method: ResidualMethod = admin()): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 16,
      heads: 2,
      feedForward: 32,
      depth: 1,
      method,
      dropout: { residual: dropout, attention: dropout },
    },
    5,
  );

export const common = {
  batches: new Batches(corpus, { maxTokens: 64 }),
  schedule: constant(0.02),
  accumulate: 2,
};

export const weights = async (model: Transformer): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

export const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

/** As if another machine had the same sentences, and nothing of the weights to update. */
export const between: Between = {
  stretch: (size) => ({ from: 0, to: size }),
  reduce: async (gradient, sums) => {
    gradient.set(gradient.map((x) => 2 * x));
    const squares = gradient.reduce((sum, x) => sum + x * x, 0);
    return { sums: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, 2 * sum])), squares };
  },
  gather: async () => {},
};

/** Two machines with two replicas and a shard of the moments each train as one thread does, and know the whole state. */
export const trainsInShards = async (entry: URL, updates: number): Promise<void> => {
  const models = [modelOf(), modelOf(), modelOf()];
  const [one, ...many] = models as [Transformer, Transformer, Transformer];
  // A rule whose moments matter; its epsilon, that keys' biases do not wander.
  const rule = adam({ epsilon: 1e-3 });
  const alone = new Trainer({ ...common, model: one, rule, loss: translationLoss(0.1) });
  const learners = await Promise.all(
    ranksTogether(2).map(async (ranks, i) => {
      const own = { model: many[i]!, rule, count: 2, entry, between: betweenRanks(ranks) };
      return rankLearner(await translationReplicas(own), many[i]!, ranks);
    }),
  );
  try {
    const both = learners.map((learner) => new Trainer<Transformer, TokenBatch>({ ...common, learner }));
    for (let i = 0; i < updates; i++) {
      const [a, b, c] = [await alone.step(), ...(await Promise.all(both.map((each) => each.step())))];
      expect(b).toEqual(c);
      expect(b!.tokens).toBe(a.tokens);
      expect(Math.abs(b!.loss / a.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b!.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
    }
    expect(await weights(many[0])).toEqual(await weights(many[1]));
    expect(largestDifference(await weights(many[0]), await weights(one))).toBeLessThan(1e-5);
    expect(largestDifference(await weights(one), await weights(modelOf()))).toBeGreaterThan(1e-3);
    const { optimizer } = await alone.state();
    const [state, same] = await Promise.all(learners.map((each) => each.state()));
    expect(state).toEqual(same);
    const scale = Math.max(...optimizer.m.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    expect(largestDifference([...state!.m], [...optimizer.m])).toBeLessThan(1e-5 * scale);
    expect(state!.updates).toBe(updates);
  } finally {
    await Promise.all(learners.map((each) => each.dispose()));
    alone.dispose();
  }
};
