import { type ComputeType, SteadyformerError, selectBackend } from '@steadyformer/core';
import {
  type TranslateOptions,
  type Translation,
  type Translator,
  translatorFrom,
} from '@steadyformer/translate';
import { loadUsable, naming } from '../checkpoints/found';
import { asBytes, linesOf, printAll } from '../data/lineStream';
import { checkNotRead } from '../output/checkOutputs';
import { checkNewFile, writeNewFile } from '../output/newOutput';
import { interruptible } from '../program/interruptible';
import type { Streams } from '../program/streams';
import { inOrder } from './inOrder';
import { type InputLine, phrasesIn, withConstraints } from './phraseInput';
import { joined, piecesOf, sentencesOf } from './pieces';
import { GrowingTranslator, type Replicas } from './replicas';
import { checkBest, type SearchChoice, searchOptionsOf } from './searchOptions';
import { windows } from './windows';
import { type OutputForm, onOneLine, writtenAs } from './written';

export interface TranslateCommand extends SearchChoice, OutputForm {
  /** Lines translated at a time. */
  readonly batch: number;
  /** Whether lines have columns of phrases that their translations have to contain. */
  readonly constraints?: boolean;
  /** A file of phrases that no translation may contain. */
  readonly forbidden?: string;
  /** Whether lines are translated sentence by sentence. */
  readonly splitSentences?: boolean;
  /** Of the text, for that. */
  readonly language?: string;
  readonly backend: string;
  readonly computeType: ComputeType;
  readonly replicas: Replicas;
  readonly out?: string;
  readonly force?: boolean;
}

/** Loads a translator, and the backend that computes it, which is said on the error stream. */
export const openTranslator = async (
  folder: string,
  backend: string,
  { error }: Pick<Streams, 'error'>,
): Promise<Translator> => {
  const { checkpoint } = await loadUsable(folder, 'transformer');
  const { message } = await selectBackend(backend);
  error(`${message}\n`);
  return naming(folder, () => translatorFrom(checkpoint));
};

const PLACE = /sentences\[(\d+)\]/u;

/** What a reader of the library's message is told to do, and what a user of the command is. */
const SPLIT = 'Split the text into sentences.';

/** An error about a sentence of a window as one about a line of the text. */
const aboutLine = (error: unknown, lineOf: (sentence: number) => number, split: boolean): unknown => {
  if (!(error instanceof SteadyformerError) || !PLACE.test(error.message)) return error;
  const message = error.message
    .replace(PLACE, (_, i: string) => `line ${lineOf(Number(i))}`)
    .replace(
      SPLIT,
      split ? 'Split this sentence.' : 'Split the text into sentences, as --split-sentences does.',
    );
  return new SteadyformerError(message, { cause: error });
};

/** How lines are read and written. */
interface Form {
  readonly constraints: boolean;
  /** Lines are translated sentence by sentence where one is named. */
  readonly language: string | undefined;
  readonly write: (translation: Translation, line: number) => string;
}

/** What lines become, in the order they are read, a window at a time, of which several may be at work. */
const translated = (
  translator: GrowingTranslator,
  lines: AsyncIterable<readonly string[]>,
  options: TranslateOptions,
  { constraints, language, write }: Form,
): AsyncGenerator<string> => {
  let count = 0;
  const work = async (window: readonly string[]): Promise<string> => {
    const before = count;
    count += window.length;
    const read = window.map(
      (line): InputLine => (constraints ? withConstraints(line) : { text: line, constraints: [] }),
    );
    const pieces = read.map(({ text }) => piecesOf(text, language));
    const sentences = pieces.map(sentencesOf);
    // The line of each sentence, from 1.
    const places = sentences.flatMap((each, i) => each.map(() => before + i + 1));
    const done = await translator
      .translate(sentences.flat(), {
        ...options,
        ...(constraints ? { constraints: read.map((each) => each.constraints) } : {}),
      })
      .catch((error: unknown) => {
        throw aboutLine(error, (i) => places[i]!, language !== undefined);
      });
    let next = 0;
    return pieces
      .map((each, i) => {
        const own = sentences[i]!.map(() => done[next++]!);
        if (language === undefined) return write(own[0]!, before + i + 1);
        const texts = own.map(({ text }) => onOneLine(text));
        return `${joined(each, texts)}\n`;
      })
      .join('');
  };
  return inOrder(lines, work, () => translator.calls);
};

/** Throws where a line of several sentences would need what only a sentence has. */
const checkSplit = ({
  nBest,
  scores,
  alignments,
  constraints,
  splitSentences,
  language,
}: TranslateCommand): void => {
  if (!splitSentences) {
    if (language === undefined) return;
    throw new SteadyformerError('--language: without effect without --split-sentences; give both or none');
  }
  const own = {
    '--n-best': nBest,
    '--scores': scores,
    '--alignments': alignments,
    '--constraints': constraints,
  };
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || value === false) continue;
    throw new SteadyformerError(
      `${name}: not with --split-sentences, as a line may be several sentences then; give text with a sentence a line`,
    );
  }
};

/** Translates text line by line, whatever its size. */
export const runTranslate = async (
  folder: string,
  files: readonly string[],
  command: TranslateCommand,
  streams: Streams,
): Promise<void> => {
  const { nBest = 1, beam, batch, out, alignments = false, constraints = false } = command;
  checkSplit(command);
  const language = command.splitSentences ? (command.language ?? 'en') : undefined;
  if (language !== undefined) piecesOf('', language);
  // Who asks for the five best means a beam that holds them.
  const choice = { ...command, ...(beam === undefined && nBest > 4 ? { beam: nBest } : {}) };
  checkBest('--n-best', nBest, choice);
  const forbidden = command.forbidden === undefined ? [] : await phrasesIn(command.forbidden, streams);
  const search: TranslateOptions = {
    ...searchOptionsOf(choice),
    computeType: command.computeType,
    ...(forbidden.length > 0 ? { forbiddenPhrases: forbidden } : {}),
    ...(alignments ? { alignments: command.nBest === undefined ? true : 'all' } : {}),
  };
  if (out !== undefined) {
    await checkNewFile(out, command);
    await checkNotRead(out, files);
  }
  const translator = await openTranslator(folder, command.backend, streams);
  try {
    await interruptible(async (signal) => {
      const options = { ...search, signal };
      const growing = await GrowingTranslator.start(translator, command.replicas, signal);
      const read = windows(linesOf(files.length === 0 ? ['-'] : files, streams), batch, signal);
      const form = { constraints, language, write: writtenAs(command) };
      const text = translated(growing, read, options, form);
      try {
        await (out === undefined ? printAll(text, streams) : writeNewFile(out, asBytes(text)));
      } finally {
        await growing.end();
      }
    });
    if (out !== undefined) streams.error(`wrote ${out}\n`);
  } finally {
    translator.model.dispose();
  }
};
