import { readdir } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { checkFolderPath } from '../../checks/node/folderPath';
import { RUN } from './runRecord';

/** What a run that is killed before its first record leaves, or one that begins just now has made. */
const BEGUN =
  /^(?:run\.lock\..+|log\.jsonl|(?:run|vocabulary)\.json\.[0-9a-f]{16}\.partial|vocabulary\.json)$/u;

/** Logs are opened together, log.jsonl first. */
const isBegun = (name: string, names: readonly string[]): boolean =>
  BEGUN.test(name) || (name === 'tensorboard' && names.includes('log.jsonl'));

/** @throws SteadyformerError where a folder holds other things than a run */
export const checkRunFolder = async (folder: string): Promise<void> => {
  const names = await readdir(checkFolderPath('output', folder)).catch((error: unknown): string[] => {
    if (errorCode(error) === 'ENOENT') return [];
    const why = errorCode(error) === 'ENOTDIR' ? 'it is a file' : errorCode(error);
    throw new SteadyformerError(`no run can be written to '${folder}': ${why}. Name a folder.`);
  });
  const strange = names.filter((name) => !isBegun(name, names));
  if (names.includes(RUN) || strange.length === 0) return;
  throw new SteadyformerError(
    `no run can be written to '${folder}': it holds other things (${strange.slice(0, 3).join(', ')}) and no ${RUN}. Name a new or empty folder.`,
  );
};
