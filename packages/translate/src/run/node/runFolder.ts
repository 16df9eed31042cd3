import { SteadyformerError } from '@steadyformer/core';
import { checkFolderPath, namesIn } from '../../checks/node/folderPath';
import { RUN } from './runRecord';

/** What a run that is killed before its first record leaves, or one that begins just now has made. */
const BEGUN =
  /^(?:run\.lock\..+|log\.jsonl|(?:run|vocabulary)\.json\.[0-9a-f]{16}\.partial|vocabulary\.json)$/u;

/** Logs are opened together, log.jsonl first. */
const isBegun = (name: string, names: readonly string[]): boolean =>
  BEGUN.test(name) || (name === 'tensorboard' && names.includes('log.jsonl'));

/** @throws SteadyformerError where a folder holds other things than a run */
export const checkRunFolder = async (folder: string): Promise<void> => {
  const refusal = `no run can be written to '${folder}'`;
  const names = await namesIn(checkFolderPath('output', folder), refusal);
  const strange = names.filter((name) => !isBegun(name, names));
  if (names.includes(RUN) || strange.length === 0) return;
  throw new SteadyformerError(
    `${refusal}: it holds other things (${strange.slice(0, 3).join(', ')}) and no ${RUN}. Name a new or empty folder.`,
  );
};
