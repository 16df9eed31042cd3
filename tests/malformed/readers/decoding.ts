import {
  admin,
  languageModel,
  preLN,
  randomStream,
  SteadyformerError,
  transformer,
} from '@steadyformer/core';
import {
  beamSearch,
  generate,
  greedySearch,
  type Hypothesis,
  LanguageModelDecoder,
  type StepDecoder,
  sampleSearch,
  TransformerDecoder,
  Translator,
  trainBpe,
} from '@steadyformer/translate';
import {
  callback,
  type Domain,
  either,
  exactly,
  listOf,
  needed,
  notNegative,
  positive,
  real,
  record,
  text,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import type { Reader } from '../reader';

const vocabulary = trainBpe(['a small test of text', 'ein kleiner Test, mit Text'], { merges: 20 });
const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 4, heads: 1, depth: 1 };
const model = transformer({ ...sizes, method: admin() }, 2);
const speaker = languageModel({ ...sizes, method: preLN(), positions: { kind: 'learned', length: 24 } }, 2);
const stream = randomStream(1);
const shape = [1, 2] as const;
const translator = new Translator(model, vocabulary);

const sentences = ['a small test', '', 'of text'];
const short = () => 6;

/** Rows of the same log-probabilities, from nothing but the number of tokens. */
const decoderOf = (disposed: { times: number }): StepDecoder => {
  let [rows, steps] = [2, 0];
  return {
    vocabulary: 6,
    get rows() {
      return rows;
    },
    step: async (ids) => {
      // Searches may be told to be as long as they like.
      if (++steps > 100) throw new SteadyformerError('no decoder goes on for ever');
      return Float32Array.from(Array.from(ids).flatMap(() => [0.1, 0.1, 0.1, 0.2, 0.2, 0.3].map(Math.log)));
    },
    select: (indices) => {
      rows = indices.length;
    },
    dispose: () => {
      disposed.times++;
    },
  };
};

/** What a search asks of a decoder, which may have more; functions of any kind pass, and what they give is judged. */
const stepping = record(
  {
    vocabulary: needed(exactly(6)),
    rows: needed(whole(1, 1, 2 ** 16)),
    step: needed(callback(async (ids: Int32Array) => new Float32Array(6 * ids.length).fill(Math.log(1 / 6)))),
    select: needed(callback(() => {})),
    dispose: needed(callback(() => {})),
  },
  'open',
);

const token = (id: number): Domain => whole(id, 0, 5);
const searching: Readonly<Record<string, Domain>> = {
  eos: needed(token(2)),
  start: token(0),
  forbidden: listOf([0, 1], token(0)),
  maxLength: either(whole(5, 1, 1e5), listOf([4, 5], whole(4, 1, 1e5), 2)),
  lengthPenalty: real(1),
  stop: callback(() => false),
  onStep: callback(() => {}),
  nameOf: callback((row: number) => `row ${row}`),
};
const together = ({
  maxLength = 5,
  forbidden = [],
}: {
  maxLength?: unknown;
  forbidden?: number[];
}): boolean => (!Array.isArray(maxLength) || maxLength.length === 2) && new Set(forbidden).size < 6;

/** A search ends its decoder whatever happens, and says two rows. */
const searchReader = (
  name: string,
  options: Readonly<Record<string, Domain>>,
  search: (decoder: StepDecoder, options: never) => Promise<readonly (Hypothesis | readonly Hypothesis[])[]>,
): Reader =>
  optionsReader({
    name: `translate: ${name}`,
    options: { ...searching, ...options },
    together,
    call: async (given) => {
      const disposed = { times: 0 };
      const attempt = (async () => search(decoderOf(disposed), given))();
      const failure = await attempt.then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (disposed.times !== 1) return `the decoder was disposed ${disposed.times} times`;
      if (failure) throw failure.error;
      const found = await attempt;
      if (found.length !== 2) return `${found.length} rows`;
      const scores = found.flat().map(({ score }) => score);
      return scores.some(Number.isNaN) ? `scores ${scores}` : undefined;
    },
  });

const sizesOf = ({ ids }: { readonly ids: readonly number[] }): string | undefined =>
  ids.every((id) => id >= 0 && id < vocabulary.size) ? undefined : 'ids outside the vocabulary';

export const decoding: readonly Reader[] = [
  valueReader('translate: Translator of model', exactly(model), (given) => {
    new Translator(given, vocabulary);
  }),
  valueReader('translate: Translator of vocabulary', exactly(vocabulary), (given) => {
    new Translator(model, given);
  }),
  valueReader('translate: Translator.translate of', listOf(sentences, text('a test')), async (given) => {
    const said = await translator.translate(given, { maxLength: short, beamSize: 2 });
    return said.length === (given as unknown[]).length ? undefined : `${said.length} translations`;
  }),
  optionsReader({
    name: 'translate: Translator.translate',
    options: {
      beamSize: whole(2, 1, 1000),
      lengthPenalty: real(1),
      maxLength: callback(short),
      maxSourceLength: whole(20, 2),
      maxTokens: whole(30),
      onProgress: callback(() => {}),
    },
    call: async (o) => {
      const said = await translator.translate(sentences, o);
      return said.every(({ score }) => Number.isFinite(score)) ? undefined : 'scores are not finite';
    },
  }),
  valueReader('translate: generate of model', exactly(speaker), async (given) => {
    await generate(given, 'a', { vocabulary, maxLength: 3 });
  }),
  valueReader('translate: generate of prompt', text('a small'), async (prompt) =>
    sizesOf(await generate(speaker, prompt, { vocabulary, maxLength: 3 })),
  ),
  optionsReader({
    name: 'translate: generate',
    options: {
      vocabulary: needed(exactly(vocabulary)),
      maxLength: whole(4),
      temperature: notNegative(0.7),
      topK: whole(3),
      seed: real(3),
      stop: either(text('x'), listOf(['x', 'y'], text('x'))),
      onProgress: callback(() => {}),
    },
    together: (o: { temperature?: number; topK?: number; seed?: number }) =>
      (o.temperature ?? 0) !== 0 || (o.topK === undefined && o.seed === undefined),
    call: async (o) => sizesOf(await generate(speaker, 'a small', o)),
  }),
  ...(
    [
      ['greedySearch', greedySearch, {}],
      ['beamSearch', beamSearch, { beamSize: 2 }],
      ['sampleSearch', sampleSearch, { random: stream }],
    ] as const
  ).map(([name, search, more]) =>
    valueReader(`translate: ${name} of decoder`, stepping, async (decoder) => {
      const found = await search(decoder, { eos: 2, maxLength: 3, ...more } as never);
      const { rows } = decoder as StepDecoder;
      return found.length === rows ? undefined : `${found.length} rows`;
    }),
  ),
  valueReader(
    'translate: LanguageModelDecoder of prompt',
    listOf([5, 6], whole(5, 0, vocabulary.size - 1)),
    (prompt) => new LanguageModelDecoder(speaker, prompt).dispose(),
  ),
  valueReader('translate: TransformerDecoder of shape', exactly(shape), (given) =>
    new TransformerDecoder(model, Int32Array.of(5, 2), given).dispose(),
  ),
  searchReader('greedySearch', {}, greedySearch),
  searchReader('beamSearch', { beamSize: whole(2, 1, 1000) }, beamSearch),
  searchReader(
    'sampleSearch',
    {
      random: needed(exactly(stream)),
      temperature: positive(0.5),
      topK: whole(3),
    },
    sampleSearch,
  ),
];
