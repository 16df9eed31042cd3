import { SteadyformerError, selectBackend } from '@steadyformer/core';
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
import { GrowingTranslator, type Replicas } from './replicas';
import { checkBest, type SearchChoice, searchOptionsOf } from './searchOptions';
import { windows } from './windows';
import { type OutputForm, writtenAs } from './written';

export interface TranslateCommand extends SearchChoice, OutputForm {
  /** Lines translated at a time. */
  readonly batch: number;
  readonly backend: string;
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

/** An error about a sentence of a window as one about a line of the text. */
const aboutLine = (error: unknown, before: number): unknown => {
  if (!(error instanceof SteadyformerError) || !PLACE.test(error.message)) return error;
  const message = error.message.replace(PLACE, (_, i: string) => `line ${before + Number(i) + 1}`);
  return new SteadyformerError(message, { cause: error });
};

/** What lines become, in the order they are read, a window at a time, of which several may be at work. */
const translated = (
  translator: GrowingTranslator,
  lines: AsyncIterable<readonly string[]>,
  options: TranslateOptions,
  write: (translation: Translation, line: number) => string,
): AsyncGenerator<string> => {
  let read = 0;
  const work = async (window: readonly string[]): Promise<string> => {
    const before = read;
    read += window.length;
    const done = await translator.translate(window, options).catch((error: unknown) => {
      throw aboutLine(error, before);
    });
    return done.map((each, i) => write(each, before + i + 1)).join('');
  };
  return inOrder(lines, work, () => translator.calls);
};

/** Translates text line by line, whatever its size. */
export const runTranslate = async (
  folder: string,
  files: readonly string[],
  command: TranslateCommand,
  streams: Streams,
): Promise<void> => {
  const { nBest = 1, beam, batch, out } = command;
  // Who asks for the five best means a beam that holds them.
  const choice = { ...command, ...(beam === undefined && nBest > 4 ? { beam: nBest } : {}) };
  checkBest('--n-best', nBest, choice);
  const search = searchOptionsOf(choice);
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
      const text = translated(growing, read, options, writtenAs(command));
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
