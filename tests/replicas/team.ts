// What the tests of replicas share: a model, sentences, and threads that run our sources.
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  admin,
  constant,
  type ResidualMethod,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { Batches, packTokens } from '@steadyformer/translate';
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

/** As if another machine had the same sentences. */
export const reduceBetween = async (
  gradient: Float32Array,
  sums: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> => {
  gradient.set(gradient.map((x) => 2 * x));
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, 2 * sum]));
};
