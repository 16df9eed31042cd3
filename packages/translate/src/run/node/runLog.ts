import { join } from 'node:path';
import { JsonLinesLog } from '../../log/node/jsonLinesLog';
import { TensorBoardWriter } from '../../log/node/tensorBoardWriter';
import type { RunEvent } from '../events';

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
  if (event.event !== 'watch') return undefined;
  const { branches, outputChange } = event.report;
  return Object.fromEntries([
    ...branches.map(({ path, ratio }) => [`watch/branchRatio/${path}`, ratio] as const),
    ...Object.entries(outputChange).map(
      ([stack, change]) => [`watch/outputChange/${stack}`, change] as const,
    ),
  ]);
};

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
  const lines = await JsonLinesLog.open(join(folder, 'log.jsonl'), resumed);
  const board = tensorBoard ? await TensorBoardWriter.open(join(folder, 'tensorboard'), resumed) : undefined;
  return {
    write: async (event) => {
      if (event.event === 'progress') return;
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
