import type { Command } from 'commander';
import { version } from '../../package.json';
import { addAnalyse } from '../analyse/program';
import { addCheckpoints } from '../checkpoints/program';
import { addCompare } from '../compare/program';
import { addData } from '../data/program';
import { addDoctor } from '../doctor/program';
import { addExchange } from '../exchange/program';
import { explainUnknown, newCommand } from '../program/command';
import type { CommandLine } from '../program/commandLine';
import { EXIT, endingOf } from '../program/errors';
import type { Streams } from '../program/streams';
import { addScore } from '../score/program';
import { addServe } from '../serve/program';
import { addSweep } from '../sweep/program';
import { addInit, addJoin, addPlan, addTrain } from '../train/program';
import { addTranslate } from '../translate/program';
import { ownProgram } from './ownProgram';

/**
 * Runs the command line.
 *
 * @param args what follows the program's name
 * @param own the file that Node runs as this program. Default: the installed one
 * @returns the exit code: 0 all went well, 1 bad news from the doctor or a fault of ours, 2 bad input; errors are one
 * line each
 */
export const main = async (args: readonly string[], streams: Streams, own?: string): Promise<number> => {
  let code: number = EXIT.well;
  const exitWith = (wanted: number): void => {
    code = wanted;
  };
  try {
    await program({ streams, args, program: () => own ?? ownProgram(), exitWith }).parseAsync([...args], {
      from: 'user',
    });
    return code;
  } catch (failure) {
    const { code: failed, line } = endingOf(failure);
    if (line !== undefined) streams.error(line);
    return failed;
  }
};

const program = (line: CommandLine): Command => {
  const root = newCommand('steadyformer', line.streams)
    .description(
      'Deep Transformers that train stably: train them, see what amplifies changes, and what can compute here.',
    )
    .version(version);
  const analyse = addAnalyse(root, line);
  addInit(root, line);
  addTrain(root, line);
  addPlan(root, line);
  addJoin(root, line);
  addCompare(root, line);
  addDoctor(root, line);
  addCheckpoints(root, line);
  addTranslate(root, line);
  addScore(root, line);
  addServe(root, line);
  addExchange(root, line);
  addData(root, line);
  addSweep(root, line);
  const inside = analyse.commands.map((each) => [each.name(), `${analyse.name()} ${each.name()}`] as const);
  return explainUnknown(root, Object.fromEntries(inside));
};
