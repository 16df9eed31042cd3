import { SteadyformerError } from '@steadyformer/core';
import type { Translation } from '@steadyformer/translate';
import { ThreadEnded } from '@steadyformer/translate/node';
import { QueueFull } from './batcher';
import type { ServedModel } from './models';
import { Problem, problemOf } from './problem';
import type { TranslateRequest } from './request';

/** A translated line. */
export interface LineAnswer {
  readonly text: string;
  readonly score: number;
  /** The n best, where more than one was asked for. */
  readonly hypotheses?: readonly { readonly text: string; readonly score: number }[];
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

const lineAnswer = ({ text, score, hypotheses }: Translation, nBest: number): LineAnswer => ({
  text,
  score,
  ...(nBest > 1
    ? { hypotheses: hypotheses.slice(0, nBest).map((each) => ({ text: each.text, score: each.score })) }
    : {}),
});

/** Seconds after which a server that is full will have room, by how fast it has been. */
const RETRY = 2;

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
  const message = error.message.replace(
    /sentences\[\d+\]/u,
    places.length === 1 ? 'the text' : 'one of the texts',
  );
  return problemOf(422, message, 'Split the text into sentences.');
};

/**
 * The translations of a request's texts, in their order.
 *
 * @throws Problem 503 where the queue is full, 422 where a text is too long for the model; the signal's reason
 */
export const translateRequest = async (
  { batcher }: ServedModel,
  { texts, search, nBest }: TranslateRequest,
  signal: AbortSignal,
  listener?: Listener,
): Promise<readonly TextAnswer[]> => {
  const places = texts.flatMap((lines, index) => lines.map((text, line) => ({ index, line, text })));
  try {
    const done = await batcher.submit(
      places.map(({ text }) => text),
      search,
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
    return texts.map((lines) => {
      const answers = lines.map(() => lineAnswer(done[next++]!, nBest));
      return { text: answers.map(({ text }) => text).join('\n'), lines: answers };
    });
  } catch (error) {
    throw asProblem(error, places);
  }
};
