import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fields, finite, oneOf, parseAs, SteadyformerError, such, whole } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { replaceText } from '../../checks/node/replaceText';
import { needed } from '../../checks/schemas';
import type { Checkpoint } from '../checkpoint';
import type { SavedConfig } from '../manifest';
import { inspectCheckpoint, saveCheckpoint } from './checkpointFolder';

export const BEST = 'best';
/** Which metric the checkpoint in `best` has. It lies outside of it, as a checkpoint's folder is its own. */
const RECORD = 'best.json';

export type Better = 'lower' | 'higher';

interface Scored {
  readonly updates: number;
  readonly metric: number;
}

interface BestRecord {
  readonly better: Better;
  /** Of the checkpoint that is in place, and of the one that takes its place. */
  readonly scores: readonly Scored[];
}

const record = () =>
  fields({
    better: needed(oneOf(['lower', 'higher'])),
    scores: needed(such<readonly Scored[]>('a list', Array.isArray)),
  });
const scored = () => fields({ updates: needed(whole(0)), metric: needed(finite()) });

const readRecord = async (root: string): Promise<BestRecord | undefined> => {
  const path = join(root, RECORD);
  const next = `Move it and '${join(root, BEST)}' elsewhere to begin anew.`;
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new SteadyformerError(`'${path}' is no JSON that can be read. ${next}`, { cause: error });
  }
  const { better, scores } = parseAs(record(), json, RECORD, next);
  return { better, scores: scores.map((each, i) => parseAs(scored(), each, `${RECORD}.scores[${i}]`, next)) };
};

/** Which metric the folder's best checkpoint is told by; undefined where none was saved with one. */
export const recordedBetter = async (root: string): Promise<Better | undefined> =>
  (await readRecord(root))?.better;

/** The updates and metric of the checkpoint in `best`; undefined where there is none. */
export const bestScore = async (root: string, better: Better): Promise<Scored | undefined> => {
  const folder = join(root, BEST);
  const summary = await inspectCheckpoint(folder);
  const known = await readRecord(root);
  if (known && known.better !== better) {
    throw new SteadyformerError(
      `'${root}' keeps the checkpoint whose metric is ${known.better}, not ${better}: ` +
        `say better: '${known.better}', or move ${BEST} and ${RECORD} elsewhere`,
    );
  }
  if (!summary) return undefined;
  const score = known?.scores.findLast(({ updates }) => updates === summary.updates);
  if (score) return score;
  throw new SteadyformerError(`the metric of '${folder}' is not known from ${RECORD}; move both elsewhere`);
};

/**
 * Makes a checkpoint the best one, where it is. The record is written before, and names the old one too: whichever is in
 * place when the process dies, its metric is known.
 */
export const keepIfBest = async (
  root: string,
  better: Better,
  checkpoint: Checkpoint<SavedConfig>,
  score: Scored,
): Promise<boolean> => {
  const old = await bestScore(root, better);
  // A run that was stopped before the newest was saved comes by again.
  if (old?.updates === score.updates && old.metric === score.metric) return true;
  if (old && (better === 'lower' ? score.metric >= old.metric : score.metric <= old.metric)) return false;
  const scores = [...(old ? [old] : []), score];
  const json = JSON.stringify({ better, scores } satisfies BestRecord);
  await replaceText(join(root, RECORD), `${json}\n`);
  await saveCheckpoint(join(root, BEST), checkpoint);
  return true;
};
