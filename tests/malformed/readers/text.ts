import {
  Bpe,
  bleu,
  chrF,
  cleanCorpus,
  collectParallel,
  normaliseText,
  readSubwordNmt,
  segmentLine,
  ter,
  toHuggingFace,
  trainBpe,
  writeSubwordNmt,
} from '@steadyformer/translate';
import { agrees, echoes, jsonReader, type Reader, textReader } from '../reader';
import { linesOf } from './corpora';

const corpus = [
  'a small test of text',
  'ein kleiner Test, mit Text',
  'the test is small',
  'der Test ist klein',
];
const vocabulary = trainBpe(corpus, { merges: 20 });
const codes = trainBpe(corpus, { merges: 12, preTokenizer: 'whitespace' });

const malformed = 'malformed' as const;
const blank = (text: string): boolean => text.trim() === '';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A text read as given, or from bytes: both are what a caller may hold. */
const pairs = (source: string, target: string) => {
  const [left, right] = [linesOf(bytes(source)), linesOf(bytes(target))];
  if (left === malformed || right === malformed || left.length !== right.length || left.length === 0)
    return malformed;
  if ([...left, ...right].some(blank)) return malformed;
  return left.map((line, i) => ({ source: line, target: right[i]! }));
};

/** Lone surrogates cannot be written as UTF-8: a text with them is not what its bytes hold. */
const wellFormed = (text: string): string => new TextDecoder().decode(bytes(text));

const cells = (text: string) => {
  const rows = linesOf(bytes(text));
  if (rows === malformed || rows.length === 0) return malformed;
  const found = rows.map((row) => row.split('\t'));
  if (found.some((row) => row.length < 2 || blank(row[0]!) || blank(row[1]!))) return malformed;
  return found.map(([source = '', target = '']) => ({ source, target }));
};

const objects = (text: string) => {
  try {
    const rows = linesOf(bytes(text));
    if (rows === malformed || rows.length === 0) return malformed;
    const found = rows.map((row) => JSON.parse(row) as Record<string, unknown>);
    const sound = found.every(
      (each) =>
        typeof each === 'object' &&
        each !== null &&
        ['source', 'target'].every(
          (key) => Object.hasOwn(each, key) && typeof each[key] === 'string' && !blank(each[key] as string),
        ),
    );
    return sound ? found.map(({ source, target }) => ({ source, target })) : malformed;
  } catch {
    return malformed;
  }
};

/** Without white space and the marks of segments. */
const bare = (line: string): string => line.replace(/[@\s]/g, '');

const english = 'one house\ntwo red houses\nthree';
/** What a score must be of a text against itself, and in which range against another. */
const within = (score: number, least: number, most: number): string | undefined =>
  score >= least && score <= most ? undefined : `a score of ${score}`;

export const text: readonly Reader[] = [
  textReader({
    name: 'translate: collectParallel, pair',
    sound: [() => 'ein Haus\nzwei rote H\u00e4user\r\ndrei', () => 'x\ny\nz\n'],
    read: (target) =>
      collectParallel({
        format: 'pair',
        source: { name: 'a.en', content: english },
        target: { name: 'a.de', content: [bytes(target).slice(0, 5), bytes(target).slice(5)] },
      }),
    judge: (result, target) => agrees<unknown>(result, pairs(english, wellFormed(target))),
  }),
  textReader({
    name: 'translate: collectParallel, tsv',
    sound: [() => 'one\teins\ntwo\tzwei\tmore\n', () => 'a b\tc d'],
    read: (content) => collectParallel({ format: 'tsv', text: { name: 'a.tsv', content } }),
    judge: (result, content) => agrees<unknown>(result.map(wellFormedPair), cells(content)),
  }),
  textReader({
    name: 'translate: collectParallel, jsonl',
    sound: [
      () => '{"source":"one","target":"eins"}\n{"target":"zwei","source":"two","id":2}\n',
      () => '{"source":"a","target":"\\u00e4"}',
    ],
    read: (content) => collectParallel({ format: 'jsonl', text: { name: 'a.jsonl', content } }),
    judge: (result, content) => agrees<unknown>(result.map(wellFormedPair), objectsWellFormed(content)),
  }),
  textReader({
    name: 'translate: readSubwordNmt',
    weight: 2,
    sound: [() => writeSubwordNmt(codes), () => '#version: 0.2\nt e\nte s\ntes t</w>\n'],
    read: (given) => writeSubwordNmt(readSubwordNmt(given, { lines: corpus })),
    judge: (written, given) => {
      const rows = given
        .replace(/^\ufeff/, '')
        .split('\n')
        .map((row) => row.replace(/^[\r ]+|[\r ]+$/g, ''));
      while (rows.at(-1) === '') rows.pop();
      return agrees(written.split('\n').slice(0, -1), rows);
    },
  }),
  jsonReader({
    name: 'translate: Bpe.fromJSON',
    weight: 2,
    sound: [() => JSON.parse(JSON.stringify(vocabulary)), () => JSON.parse(JSON.stringify(codes))],
    read: (json) => Bpe.fromJSON(json),
    judge: (bpe, json) => {
      const lost = echoes(json, bpe.toJSON());
      if (lost !== undefined) return lost;
      const known = corpus.map((line) => bpe.encode(line));
      if (known.flat().some((id) => !Number.isInteger(id) || id < 0 || id >= bpe.size)) return 'ids outside';
      for (const ids of known) bpe.decode(ids);
      return undefined;
    },
  }),
  textReader({
    name: 'translate: trainBpe, lines',
    sound: [() => corpus.join('\n')],
    read: (lines) => trainBpe(lines.split('\n'), { merges: 10 }),
    judge: (bpe, lines) => {
      const lost = lines
        .split('\n')
        .map((line) => bpe.normalise(line))
        .find((line) => bpe.decode(bpe.encode(line)) !== line.replaceAll('\u2581', ' '));
      return lost === undefined ? undefined : `does not give back ${JSON.stringify(lost.slice(0, 40))}`;
    },
  }),
  textReader({
    name: 'translate: Bpe.encode, text',
    sound: corpus.map((line) => () => line),
    read: (line) => ({ ids: vocabulary.encode(line), unknown: vocabulary.unknownCharacters(line) }),
    judge: ({ ids, unknown }, line) => {
      const back = vocabulary.decode(ids);
      if (unknown.length > 0)
        return ids.includes(vocabulary.unk) ? undefined : 'unknown, and no unknown token';
      const same = line.normalize('NFC').replaceAll('\u2581', ' ');
      return back === same ? undefined : 'reads back as something else';
    },
  }),
  textReader({
    name: 'translate: segmentLine',
    sound: corpus.map((line) => () => line),
    read: (line) => segmentLine(codes, line),
    judge: (segmented, line) => (bare(segmented) === bare(line) ? undefined : 'loses characters'),
  }),
  textReader({
    name: 'translate: toHuggingFace of odd text',
    sound: [() => corpus.join('\n')],
    read: (lines) => {
      const bpe = trainBpe(lines.split('\n'), { merges: 10 });
      return { bpe, file: toHuggingFace(bpe) };
    },
    judge: ({ bpe, file }) => agrees(Object.keys(file.model.vocab).length, bpe.size),
  }),
  textReader({
    name: 'translate: normaliseText',
    sound: corpus.map((line) => () => line),
    read: normaliseText,
    judge: (result) => agrees(normaliseText(result), result),
  }),
  textReader({
    name: 'translate: cleanCorpus, text',
    sound: corpus.map((line) => () => line),
    read: (source) => cleanCorpus([{ source, target: 'ein Satz, der bleibt' }]),
    judge: ({ pairs: kept, dropped }) =>
      kept.length + Object.values(dropped).reduce((a, b) => a + b, 0) === 1 ? undefined : 'a pair is lost',
  }),
  textReader({
    name: 'translate: bleu, text',
    sound: corpus.map((line) => () => line),
    read: (line) => bleu([line, ...corpus], [[corpus[0]!, ...corpus]]),
    judge: ({ score }) => within(score, 0, 100.0001),
  }),
  textReader({
    name: 'translate: chrF, text',
    sound: corpus.map((line) => () => line),
    read: (line) => chrF([line], [[corpus[0]!]]),
    judge: ({ score }) => within(score, 0, 100.0001),
  }),
  textReader({
    name: 'translate: ter, text',
    sound: corpus.map((line) => () => line),
    read: (line) => ter([line], [[corpus[0]!]], { normalized: true }),
    judge: ({ score }) => within(score, 0, Number.MAX_VALUE),
  }),
];

const wellFormedPair = ({ source, target }: { source: string; target: string }) => ({
  source: wellFormed(source),
  target: wellFormed(target),
});

const objectsWellFormed = (content: string) => {
  const found = objects(content);
  return found === malformed
    ? found
    : found.map((each) => wellFormedPair(each as { source: string; target: string }));
};
