import { joinRanks, receiveRun, train } from '@steadyformer/translate/node';
import { version } from '../../package.json';
import { parseSetting, withSettings } from '../config/settings';
import { row, screenOn } from '../output/screen';
import type { CommandLine } from '../program/commandLine';
import { EXIT, reasonOf } from '../program/errors';
import { stoppable } from './stoppable';
import { teller } from './tell';

export interface JoinCommand {
  readonly token: string;
  readonly set: readonly string[];
  readonly quiet?: boolean;
}

/** Trains as one of the workers of a run that another process hosts. */
export const runJoin = async (
  url: string,
  { token, set, quiet = false }: JoinCommand,
  { streams, exitWith }: CommandLine,
): Promise<void> => {
  const settings = set.map(parseSetting);
  const screen = screenOn(streams, quiet);
  const ranks = await joinRanks({ url, token, version });
  try {
    screen.line(row('joined', `as rank ${ranks.rank} of ${ranks.size}`));
    const { config, dispose } = await receiveRun(ranks, (given) => withSettings(given, settings));
    try {
      const { ending, update } = await stoppable(
        (signal) => train(config, { signal, onEvent: teller(screen), ranks }),
        () => screen.line(row('stopping', 'with the others; a second time ends it at once')),
      );
      screen.line(row(ending, `after update ${update}; what was learned is in the folder of rank 0`));
      if (ending === 'diverged') exitWith(EXIT.crash);
    } finally {
      await dispose();
    }
  } catch (error) {
    await ranks.abort(reasonOf(error) ?? 'it has ended');
    throw error;
  } finally {
    screen.close();
  }
};
