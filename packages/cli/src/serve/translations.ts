import { SteadyformerError } from '@steadyformer/core';
import type { Alignment, Translation } from '@steadyformer/translate';
import { ThreadEnded } from '@steadyformer/translate/node';
import { joined, sentencesOf } from '../translate/pieces';
import { QueueFull } from './batcher';
import type { ServedModel } from './models';
import { Problem, problemOf } from './problem';
import type { TranslateRequest } from './request';

/** A translation, and how good the model finds it. */
interface Scored {
  readonly text: string;
  readonly score: number;
  /** Words of the source and of the translation that belong together, counted from 0, where asked for. */
  readonly alignment?: Alignment['words'];
}

/** A translated line, or sentence where lines are split. */
export interface LineAnswer extends Scored {
  /** The n best, where more than one was asked for. */
  readonly hypotheses?: readonly Scored[];
}

/** A translated text. */
export interface TextAnswer {
  readonly text: string;
  readonly lines: readonly LineAnswer[];
}

/** A line: which text's, which of its lines. */
interface Place {
  readonly index: number;
  readonly line: number;
}

/** A line that is done. */
export interface LineEvent extends Place, LineAnswer {}

/** What is best of a line by now. */
export interface PartialEvent extends Place {
  readonly text: string;
}

/** Who is told of lines while a request is at work. */
export interface Listener {
  /** Of each as soon as it is there. */
  readonly onLine: (line: LineEvent) => void;
  /** Of each after every token. */
  readonly onPartial: (line: PartialEvent) => void;
}

const scored = ({ text, score, alignment }: Pick<Translation, 'text' | 'score' | 'alignment'>): Scored => ({
  text,
  score,
  ...(alignment ? { alignment: alignment.words } : {}),
});

const lineAnswer = (translation: Translation, nBest: number): LineAnswer => ({
  ...scored(translation),
  ...(nBest > 1 ? { hypotheses: translation.hypotheses.slice(0, nBest).map(scored) } : {}),
});

/** Seconds after which a server that is full will have room, by how fast it has been. */
const RETRY = 2;

/** What a reader of the library's message is told to do. */
const SPLIT = 'Split the text into sentences.';

/** Why the work of a request ended without an answer, as the client is told. */
const asProblem = (error: unknown, places: readonly Place[]): unknown => {
  if (error instanceof QueueFull) {
    return new Problem(503, 'the queue is full', { next: `Try again in ${RETRY} seconds.` }, RETRY);
  }
  if (error instanceof ThreadEnded) {
    return new Problem(503, 'a part of the server has failed', { next: 'Try again in a second.' }, 1);
  }
  if (!(error instanceof SteadyformerError)) return error;
  // The batcher has found the one at fault by doing it alone; which of this request's it is, its text says.
  const message = error.message
    .replace(/sentences\[\d+\]/u, places.length === 1 ? 'the text' : 'one of the texts')
    .replace(SPLIT, `${SPLIT.slice(0, -1)}, or send "splitSentences": true in "options".`);
  return problemOf(422, message, 'Change the text, or what is asked for.');
};

/**
 * The translations of a request's texts, in their order.
 *
 * @throws Problem 503 where the queue is full, 422 where a text is too long for the model; the signal's reason
 */
export const translateRequest = async (
  { batcher }: ServedModel,
  { texts, constraints, forbiddenPhrases, search, alignments, nBest }: TranslateRequest,
  signal: AbortSignal,
  listener?: Listener,
): Promise<readonly TextAnswer[]> => {
  const places = texts.flatMap((pieces, index) =>
    sentencesOf(pieces).map((text, line) => ({ index, line, text, constraints: constraints[index]! })),
  );
  try {
    const done = await batcher.submit(
      places.map(({ text, constraints: own }) => ({ text, constraints: own })),
      { search, alignments, forbiddenPhrases },
      {
        signal,
        ...(listener && {
          onResult: (i, result) => {
            const { index, line } = places[i]!;
            listener.onLine({ index, line, ...lineAnswer(result, nBest) });
          },
          onPartial: (i, text) => {
            const { index, line } = places[i]!;
            listener.onPartial({ index, line, text });
          },
        }),
      },
    );
    let next = 0;
    return texts.map((pieces) => {
      const lines = sentencesOf(pieces).map(() => lineAnswer(done[next++]!, nBest));
      return {
        text: joined(
          pieces,
          lines.map(({ text }) => text),
        ),
        lines,
      };
    });
  } catch (error) {
    throw asProblem(error, places);
  }
};
