import { join } from 'node:path';
import { JsonLinesLog } from '../../log/node/jsonLinesLog';
import { readJsonLinesLog } from '../../log/node/readJsonLinesLog';
import { type TensorBoardOptions, TensorBoardWriter } from '../../log/node/tensorBoardWriter';
import type { RunEvent } from '../events';
import { LOG } from './readValidations';
import { watchScalars } from './watchScalars';

/** Where a run writes what it tells. */
export interface RunLog {
  write(event: RunEvent): Promise<void>;
  close(): Promise<void>;
}

/** The numbers of an event by TensorBoard's tags. */
const scalarsOf = (event: RunEvent): Readonly<Record<string, number>> | undefined => {
  if (event.event === 'update') {
    const { loss, perplexity, learningRate, gradientNorm, tokensPerSecond } = event;
    return {
      'train/loss': loss,
      'train/perplexity': perplexity,
      'train/learningRate': learningRate,
      'train/gradientNorm': gradientNorm,
      'train/tokensPerSecond': tokensPerSecond,
    };
  }
  if (event.event === 'validation') {
    const { loss, perplexity, bleu } = event;
    return {
      'valid/loss': loss,
      'valid/perplexity': perplexity,
      ...(bleu === undefined ? {} : { 'valid/bleu': bleu }),
    };
  }
  return event.event === 'watch' ? watchScalars(event.report) : undefined;
};

/** The update whose validation was written last. */
const lastValidation = async (path: string): Promise<number | undefined> => {
  let last: number | undefined;
  for await (const { event, update } of readJsonLinesLog(path)) if (event === 'validation') last = update;
  return last;
};

const openBoard = async (
  folder: string | undefined,
  options: TensorBoardOptions,
): Promise<TensorBoardWriter | undefined> =>
  folder === undefined ? undefined : TensorBoardWriter.open(folder, options);

/**
 * Opens a run's logs in its folder: log.jsonl, and tensorboard where it is wanted.
 *
 * @param resumedAfter the update that the run goes on after: what was written of later ones is made again
 */
export const openRunLog = async (
  folder: string,
  options: { readonly tensorBoard: boolean; readonly resumedAfter?: number },
): Promise<RunLog> => {
  const { tensorBoard, resumedAfter } = options;
  const resumed = resumedAfter === undefined ? {} : { resumedAfter };
  const path = join(folder, LOG);
  const lines = await JsonLinesLog.open(path, resumed);
  const told = resumedAfter === undefined ? undefined : await lastValidation(path);
  const board = await openBoard(tensorBoard ? join(folder, 'tensorboard') : undefined, resumed).catch(
    async (error: unknown) => {
      await lines.close();
      throw error;
    },
  );
  return {
    write: async (event) => {
      if (event.event === 'progress') return;
      // A run that was stopped before a validation, then killed between its record and its checkpoint, makes it again.
      if (event.event === 'validation' && event.update === told) return;
      await lines.write({ ...event, time: new Date().toISOString() });
      const scalars = board && scalarsOf(event);
      if (scalars) await board.scalars((event as { readonly update: number }).update, scalars);
    },
    close: async () => {
      await lines.close();
      await board?.close();
    },
  };
};
