// Translation by ours of the decode suite's sentences. Argument: JSON of DecodeOptions.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTranslator, ParallelTranslator } from '@steadyformer/translate/node';
import { useBackend } from './backend';
import { serve } from './serve';

/** The work, where no trained model is named. */
export interface DecodeSize {
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly depth: number;
  readonly merges: number;
  /** How many are translated at most. */
  readonly sentences: number;
  /** Tokens of each translation: a model without training hardly ever ends one. */
  readonly length: number;
}

/** What prepareDecode.ts wrote into `folder`: `model`, `marian` and `ctranslate2`, of one model. */
export interface DecodeTask {
  readonly folder: string;
  readonly texts: readonly string[];
  /** The same as tokens, each with its end. */
  readonly ids: readonly (readonly number[])[];
  readonly vocabulary: number;
  /** What the model is, for a title. */
  readonly about: string;
  /** Tokens that every translation is to have; absent where the model ends them. */
  readonly length?: number;
}

export interface DecodeCase {
  readonly name: string;
  /** 1: greedy search. */
  readonly beamSize: number;
  readonly sentences: number;
}

export interface DecodeOptions {
  /** The file of a DecodeTask. */
  readonly task: string;
  readonly cases: readonly DecodeCase[];
  /** Of ours: threads that share the sentences. Default none, but those of each operation. */
  readonly replicas?: number;
  /** Default 'float32'. */
  readonly computeType?: 'float32' | 'int8';
}

const { task, cases, replicas, computeType = 'float32' } = JSON.parse(process.argv[2]!) as DecodeOptions;
const tokens: Record<string, number> = {};
/** What was said, to be compared. */
const digests: Record<string, string> = {};

await serve(async () => {
  const versions = await useBackend('onnxruntime', true);
  const { folder, texts, length } = JSON.parse(readFileSync(task, 'utf8')) as DecodeTask;
  const loaded = await loadTranslator(join(folder, 'model'));
  const entry = new URL('./translatorThread.mjs', import.meta.url);
  const translator =
    replicas === undefined ? loaded : await ParallelTranslator.start(loaded, { threads: replicas, entry });
  const forced = {
    computeType,
    ...(length === undefined ? {} : { minLength: length, maxLength: () => length }),
  };
  return {
    versions,
    cases: Object.fromEntries(
      cases.map(({ name, beamSize, sentences }) => [
        name,
        () => ({
          step: async () => {
            const found = await translator.translate(texts.slice(0, sentences), { beamSize, ...forced });
            const said = found.map(({ hypotheses: [best] }) => best!.ids);
            tokens[name] = said.reduce((sum, ids) => sum + ids.length, 0);
            digests[name] = createHash('sha256').update(JSON.stringify(said)).digest('hex');
          },
        }),
      ]),
    ),
    facts: () => ({ tokens, digests }),
  };
});
