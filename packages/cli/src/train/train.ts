import { SteadyformerError } from '@steadyformer/core';
import {
  type GivenConfig,
  onAll,
  planText,
  type Ranks,
  type TrainResult,
  train,
} from '@steadyformer/translate/node';
import { loadConfig } from '../config/loadConfig';
import { row, type Screen } from '../output/screen';
import type { CommandLine } from '../program/commandLine';
import { EXIT } from '../program/errors';
import type { Streams } from '../program/streams';
import { asHost } from './asHost';
import { asRank } from './asRank';
import { planFrom } from './planFrom';
import { screenOfFirst } from './screenOfFirst';
import { stoppable } from './stoppable';
import { teller } from './tell';

export interface TrainCommand {
  readonly set: readonly string[];
  readonly output?: string;
  readonly quiet?: boolean;
  /** Say what would be done. */
  readonly dryRun?: boolean;
  /** Where others can join. */
  readonly listen?: string;
  /** How many train together, where others can join. */
  readonly workers?: number;
  readonly token?: string;
}

/** Trains as a config says, or goes on with what it began. */
export const runTrain = async (
  path: string,
  { quiet = false, dryRun = false, listen, workers, token, ...overrides }: TrainCommand,
  line: CommandLine,
): Promise<void> => {
  const idle =
    listen === undefined && (workers !== undefined ? '--workers' : token !== undefined && '--token');
  if (idle) throw new SteadyformerError(`${idle} has no effect without --listen PORT. Give both.`);
  if (dryRun) return sayPlan(await loadConfig(path, overrides), line.streams);
  if (listen !== undefined) {
    const config = await loadConfig(path, overrides);
    const host = { listen, workers: workers ?? 2, ...(token === undefined ? {} : { token }) };
    return asHost(host, config, line, (ranks) => trainOn(config, ranks, quiet, line));
  }
  return asRank(line, async (ranks) => {
    const config = await onAll(ranks, () => loadConfig(path, overrides));
    return trainOn(config, ranks, quiet, line);
  });
};

const trainOn = async (
  config: GivenConfig,
  ranks: Ranks | undefined,
  quiet: boolean,
  { streams, exitWith }: CommandLine,
): Promise<void> => {
  const screen = screenOfFirst(ranks, streams, quiet);
  try {
    if (ranks) screen.line(row('ranks', `${ranks.size}, each with its part of every batch`));
    const result = await stoppable(
      (signal) => train(config, { signal, onEvent: teller(screen), ...(ranks ? { ranks } : {}) }),
      () => screen.line(row('stopping', 'after this update, and saving; a second time ends it at once')),
    );
    sayEnding(result, screen);
    if (result.ending === 'diverged') exitWith(EXIT.crash);
  } finally {
    screen.close();
  }
};

const sayPlan = async (config: GivenConfig, streams: Streams): Promise<void> => {
  const plan = await planFrom(config, streams);
  streams.out(`${planText(plan).trimEnd()}\n`);
};

const sayEnding = ({ ending, folder, update, model }: TrainResult, screen: Screen): void => {
  const at = `after update ${update}`;
  if (ending === 'diverged') screen.warn(`stopped ${at}: training diverged`);
  else if (ending === 'stopped') {
    screen.line(
      row(
        'stopped',
        update > 0
          ? `${at}, saved in ${folder}; the same command goes on from there`
          : 'before the first update; the same command begins again',
      ),
    );
  } else {
    const why = ending === 'early' ? ', as validation improves no more' : '';
    screen.line(row('done', `${at}${why}; the model is in ${model}`));
  }
};
