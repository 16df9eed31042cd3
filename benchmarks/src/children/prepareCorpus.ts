// Cleans a corpus, learns its vocabulary and plans the batches of the updates. Argument: the file of a CorpusRequest.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Batches,
  cleaner,
  encodeCorpus,
  type SentencePair,
  type TokenLists,
  tokensAt,
  trainBpe,
} from '@steadyformer/translate';
import { readParallelFiles } from '@steadyformer/translate/node';
import { type CorpusRequest, type CorpusTask, planned } from './corpusTask';

const VALID = 100;

const request = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as CorpusRequest;
const { size, recipe, folder, files } = request;

const clean = cleaner();
const pairs: SentencePair[] = [];
for await (const pair of readParallelFiles(files.train)) {
  if (pairs.length === size.pairs) break;
  const kept = clean(pair);
  if (typeof kept !== 'string') pairs.push(kept);
}
const valid: SentencePair[] = [];
for await (const pair of readParallelFiles(files.valid)) if (valid.length < VALID) valid.push(pair);

const write = (name: string, part: readonly SentencePair[]): CorpusTask['train'] => {
  const side = (language: string, of: (pair: SentencePair) => string): string => {
    const file = join(folder, `${name}.${language}`);
    writeFileSync(file, `${part.map(of).join('\n')}\n`);
    return file;
  };
  return { source: side('en', ({ source }) => source), target: side('de', ({ target }) => target) };
};

function* sides(): Generator<string> {
  for (const { source } of pairs) yield source;
  for (const { target } of pairs) yield target;
}

const vocabulary = trainBpe(sides(), { merges: size.merges });
const vocabularyFile = join(folder, 'vocabulary.json');
writeFileSync(vocabularyFile, JSON.stringify(vocabulary));

const corpus = encodeCorpus(pairs, vocabulary);
const { pad, eos } = vocabulary;
const batches = new Batches(corpus, { maxTokens: size.maxTokens, seed: recipe.seed, special: { pad, eos } });
const lists = (side: TokenLists): number[][] => pairs.map((_, i) => [...tokensAt(side, i)]);
const plan: CorpusTask['batches'][number][] = [];
for (const { batch } of batches.from()) {
  if (plan.length === request.planned) break;
  plan.push(planned(batch));
}

const ids = join(folder, 'ids.json');
writeFileSync(ids, JSON.stringify({ sources: lists(corpus.source), targets: lists(corpus.target) }));
const task: CorpusTask = {
  ...{ size, habits: request.habits, recipe, folder },
  train: write('train', pairs),
  valid: write('valid', valid),
  vocabularyFile,
  vocabulary: vocabulary.size,
  ...{ pad, eos },
  pairs: pairs.length,
  ids,
  batches: plan,
  batchesOfEpoch: batches.count,
};
writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
