import { endianness } from 'node:os';
import { show } from '@steadyformer/core';
import { versions } from '@steadyformer/core/node';
import { differences, type Settings, toSetting } from '../../settings/settings';
import { gatherTexts, type Ranks, RanksError } from '../../training/ranks';
import type { RunConfig } from '../runConfig';
import type { FileFingerprint } from './fingerprint';
import { pathsOf } from './readData';

/** What every rank of a run has to have alike. */
export interface Facts {
  readonly config: RunConfig;
  readonly data: readonly FileFingerprint[];
  readonly backend: string;
  /** Of the checkpoint that it goes on from; none at a beginning. */
  readonly update?: number;
  /** Whether each rank has files of its own: then what is in them is compared, and not where they are. */
  readonly apart?: boolean;
}

/** The facts, and what the process runs on, as JSON to compare. */
export const factsOf = ({ config, data, backend, update, apart = false }: Facts): Settings => {
  const { tfjs, packages } = versions(import.meta.url);
  return {
    endianness: endianness(),
    versions: { tfjs, ...packages },
    backend,
    config: toSetting(apart ? withoutPaths(config) : config),
    data: Object.fromEntries(
      data.map(({ path, bytes, sha256 }, i) => [
        apart ? `file ${i + 1}` : path,
        `${bytes} bytes, SHA-256 ${sha256}`,
      ]),
    ),
    checkpoint: update === undefined ? 'none' : `update ${update}`,
  };
};

const withoutPaths = ({ output: _, data, vocabulary, ...rest }: RunConfig): unknown => {
  const { train: _train, valid: _valid, test: _test, ...others } = data;
  const { file: _file, ...learned } = vocabulary;
  return { ...rest, data: others, vocabulary: learned };
};

/** The files that ranks have to have alike: those of the text and, where each has its own, of the vocabulary. */
export const filesOf = ({ data, vocabulary: { file } }: RunConfig, apart: boolean): string[] => {
  const vocabulary = typeof file === 'string' ? [file] : file ? [file.source, file.target] : [];
  return [...pathsOf(data), ...(apart ? vocabulary : [])];
};

/**
 * Compares what ranks have, before the first update: byte order, versions, backend, config, data, checkpoint.
 *
 * @throws RanksError, on all, naming the first rank that differs from rank 0, where, and both values
 */
export const checkAgreement = async (ranks: Ranks, facts: Settings): Promise<void> => {
  const [first, ...others] = (await gatherTexts(ranks, JSON.stringify(facts))).map(
    (text) => JSON.parse(text) as Settings,
  );
  for (const [i, other] of others.entries()) {
    const [found] = differences(first, other);
    if (!found) continue;
    const shown = (value: unknown): string => (value === undefined ? 'nothing' : show(value));
    throw new RanksError(
      `rank ${i + 1} differs from rank 0 in ${found.path}: ${shown(found.now)}, and rank 0 has ${shown(found.saved)}. ` +
        `Start all ranks with one config, one copy of the data, one version${ranks.apart ? '' : ' and one folder that all can read'}.`,
    );
  }
};
