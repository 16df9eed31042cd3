import { admin, encoder, languageModel, preLN, randomStream, transformer } from '@steadyformer/core';
import {
  Batches,
  Bpe,
  cleanCorpus,
  collectParallel,
  encodeCorpus,
  makeBatch,
  packTokens,
  splitBatch,
  TextBatches,
  trainBpe,
} from '@steadyformer/translate';
import { earlyStopping, lossGuard } from '@steadyformer/translate/node';
import {
  callback,
  type Domain,
  either,
  exactly,
  flag,
  iterableOf,
  listOf,
  needed,
  notNegative,
  oneOf,
  positive,
  rate,
  real,
  record,
  residual,
  text,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import { echoes, type Reader } from '../reader';

const corpus = ['a small test of text', 'ein kleiner Test, mit Text'];
const vocabulary = trainBpe(corpus, { merges: 20 });
const pairs = [
  { source: 'a small test', target: 'ein kleiner Test' },
  { source: 'of text', target: 'mit Text' },
];
const encoded = encodeCorpus(pairs, vocabulary);
const batch = makeBatch(encoded, [0, 1]);
const stream = randomStream(1);
/** Draws without a rate to draw for would be ignored, and a rate needs draws. */
const drawsTogether = ({ dropout, random }: { dropout?: number; random?: unknown }): boolean =>
  random === undefined ? (dropout ?? 0) === 0 : dropout !== undefined;
type BatchOptions = {
  maxTokens?: number;
  maxLength?: number;
  special?: { pad: number; eos: number };
};

const shared: Readonly<Record<string, Domain>> = {
  vocabulary: needed(whole(12, 2)),
  width: needed(whole(8, 1, 65536)),
  heads: needed(whole(2, 1)),
  depth: needed(whole(1, 1, 10_000)),
  feedForward: whole(8),
  keyValueHeads: whole(1),
  activation: oneOf('relu', 'gelu', 'swish', 'glu', 'reglu', 'geglu', 'swiglu'),
  dropout: record({ residual: rate(0.1), attention: rate(0.2), activation: rate(0) }),
  positions: either(
    record({ kind: needed(oneOf('sinusoidal')), layout: oneOf('interleaved', 'halves') }),
    record({ kind: needed(oneOf('learned')), length: needed(whole(8)) }),
    record({ kind: needed(oneOf('none')) }),
  ),
};
type Sizes = { width: number; heads: number; keyValueHeads?: number };
const fits = ({ width, heads, keyValueHeads = heads }: Sizes): boolean =>
  width % heads === 0 && heads % keyValueHeads === 0;

/** Options that are kept under their own name. */
const KEPT = [
  'vocabulary',
  'padId',
  'width',
  'heads',
  'keyValueHeads',
  'feedForward',
  'activation',
  'dropout',
  'positions',
];

const model = (
  name: string,
  options: Readonly<Record<string, Domain>>,
  make: (options: never) => { readonly config: object; readonly dispose: () => void },
): Reader =>
  optionsReader({
    name: `core: ${name}`,
    weight: 2,
    options,
    together: fits,
    call: (given) => {
      const made = make(given);
      const kept = Object.fromEntries(Object.entries(given as object).filter(([key]) => KEPT.includes(key)));
      const lost = echoes(kept, made.config);
      made.dispose();
      return lost;
    },
  });

export const options: readonly Reader[] = [
  model(
    'transformer',
    {
      ...shared,
      padId: needed(whole(1, 0)),
      method: needed(residual(admin())),
      tiedEmbeddings: either(flag(false), oneOf('decoder')),
    },
    transformer,
  ),
  model('languageModel', { ...shared, padId: whole(1, 0), method: needed(residual(preLN())) }, languageModel),
  model(
    'encoder',
    { ...shared, vocabulary: whole(12, 2), padId: whole(1, 0), method: needed(residual(admin())) },
    encoder,
  ),
  optionsReader({
    name: 'translate: trainBpe',
    options: {
      merges: whole(10, 0),
      minFrequency: whole(2),
      minCharacterFrequency: whole(1),
      preTokenizer: oneOf('metaspace', 'whitespace'),
      endOfWord: text('</w>'),
      normalisation: oneOf('text', 'none'),
      onProgress: callback(() => {}),
    },
    together: ({ preTokenizer, endOfWord }: { preTokenizer?: string; endOfWord?: string }) =>
      !(preTokenizer === 'whitespace' && endOfWord === ''),
    call: (o) => void trainBpe(corpus, o),
  }),
  valueReader('translate: trainBpe of', listOf(corpus, text('a b'), 1), (lines) => void trainBpe(lines)),
  optionsReader({
    name: 'translate: Bpe.encode',
    options: { dropout: rate(0), random: exactly(stream), onUnknown: callback(() => {}) },
    together: drawsTogether,
    call: (o) => void vocabulary.encode('a small test', o),
  }),
  valueReader('translate: Bpe.encode of', text('a test'), (line) => void vocabulary.encode(line)),
  valueReader(
    'translate: Bpe.decode of',
    iterableOf([5, 6, 2], whole(5, 0, vocabulary.size - 1)),
    (ids) => void vocabulary.decode(ids),
  ),
  optionsReader({
    name: 'translate: Bpe.decode',
    options: { unknown: text('?') },
    call: (o) => void vocabulary.decode([5, 3, 6], o),
  }),
  valueReader(
    'translate: new Bpe',
    record({
      preTokenizer: needed(oneOf('metaspace', 'whitespace')),
      endOfWord: needed(text('</w>')),
      tokens: needed(listOf(['a', 'b</w>'], text('x'))),
      merges: needed(listOf([['a', 'b</w>']], listOf(['a', 'b'], text('a'), 2))),
    }),
    (given) => void new Bpe(given).encode('ab a'),
  ),
  optionsReader({
    name: 'translate: cleanCorpus',
    options: {
      minWords: whole(1),
      maxWords: whole(100),
      maxRatio: real(3, (value) => value >= 1),
      keepIdentical: flag(true),
      keepDuplicates: flag(true),
    },
    together: ({ minWords = 1, maxWords = 100 }: { minWords?: number; maxWords?: number }) =>
      minWords <= maxWords,
    call: (o) => void cleanCorpus(pairs, o),
  }),
  valueReader(
    'translate: cleanCorpus of',
    // A pair may carry more than its two sides.
    iterableOf(pairs, record({ source: needed(text('a')), target: needed(text('b')) }, 'open')),
    (given) => void cleanCorpus(given),
  ),
  optionsReader({
    name: 'translate: Batches',
    options: {
      maxTokens: whole(64, 2),
      maxSentences: whole(8),
      maxLength: whole(30),
      bucketWidth: whole(2),
      shuffle: flag(false),
      seed: real(3),
      special: record({ pad: needed(whole(1, 0)), eos: needed(whole(2, 0)) }, 'open'),
    },
    together: ({ maxTokens = 4096, maxLength, special }: BatchOptions) =>
      (maxLength === undefined || maxLength < maxTokens) &&
      (special === undefined || special.pad !== special.eos),
    call: (o) => void new Batches(encoded, o).batchAt(0, 0),
  }),
  optionsReader({
    name: 'translate: TextBatches',
    options: {
      length: whole(8),
      batchSize: whole(3),
      shuffle: flag(false),
      seed: real(3),
      special: record({ pad: needed(whole(1, 0)), eos: needed(whole(2, 0)) }, 'open'),
    },
    together: ({ special }: { readonly special?: { readonly pad: number; readonly eos: number } }) =>
      special === undefined || (special.pad !== special.eos && !encoded.target.ids.includes(special.pad)),
    call: (o) => void new TextBatches(encoded.target, o).batchAt(0, 0),
  }),
  optionsReader({
    name: 'translate: lossGuard',
    options: {
      share: real(0.5, (share) => share > 0 && share <= 1),
      rise: positive(1),
      patience: whole(100),
      horizon: whole(20),
      unigram: positive(6),
      stall: whole(2000),
    },
    call: (o) => void lossGuard(o)({ update: 1, loss: 9 }),
  }),
  optionsReader({
    name: 'translate: earlyStopping',
    options: {
      metric: oneOf('loss', 'bleu'),
      patience: whole(5),
      minDelta: notNegative(0),
      minUpdates: whole(0, 0),
    },
    call: (o) => void earlyStopping(o)({ update: 1, value: 2 }),
  }),
  valueReader(
    'translate: makeBatch of',
    iterableOf([0, 1], whole(0, 0, 1)),
    (indices) => void makeBatch(encoded, indices),
  ),
  optionsReader({
    name: 'translate: encodeCorpus',
    options: { dropout: rate(0), random: exactly(stream), onUnknown: callback(() => {}) },
    together: drawsTogether,
    call: (o) => void encodeCorpus(pairs, vocabulary, o),
  }),
  valueReader(
    'translate: encodeCorpus of',
    listOf(pairs, record({ source: needed(text('a')), target: needed(text('b')) }, 'open')),
    (given) => void encodeCorpus(given, vocabulary),
  ),
  valueReader(
    'translate: encodeCorpus by',
    either(
      exactly(vocabulary),
      record({ source: needed(exactly(vocabulary)), target: needed(exactly(vocabulary)) }),
    ),
    (given) => void encodeCorpus(pairs, given),
  ),
  valueReader('translate: splitBatch into', whole(2), (count) => void splitBatch(batch, count)),
  valueReader(
    'translate: packTokens of',
    listOf([[4], [5, 6]], listOf([4], whole(4, 0, 2 ** 31 - 1))),
    (lists) => void packTokens(lists),
  ),
  optionsReader({
    name: 'translate: collectParallel',
    options: {
      format: needed(oneOf('tsv')),
      text: needed(
        record({
          name: needed(text('a.tsv')),
          content: needed(either(text('a\tb\nc\td'), listOf(['a\tb\n'], text('a\tb')))),
        }),
      ),
      columns: listOf([0, 1], whole(0, 0), 2),
      blank: oneOf('skip', 'error'),
    },
    together: ({ columns = [] }: { columns?: number[] }) => columns.length === 2 || columns.length === 0,
    optional: false,
    call: async (o) => void (await collectParallel(o)),
  }),
];
