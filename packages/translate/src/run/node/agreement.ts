import { endianness } from 'node:os';
import { show } from '@steadyformer/core';
import { versions } from '@steadyformer/core/node';
import { differences, type Settings, toSetting } from '../../settings/settings';
import { gatherTexts, type Ranks, RanksError } from '../../training/ranks';
import type { RunConfig } from '../runConfig';
import type { FileFingerprint } from './fingerprint';

/** What every rank of a run has to have alike. */
export interface Facts {
  readonly config: RunConfig;
  readonly data: readonly FileFingerprint[];
  readonly backend: string;
  /** Of the checkpoint that it goes on from; none at a beginning. */
  readonly update?: number;
}

/** The facts, and what the process runs on, as JSON to compare. */
export const factsOf = ({ config, data, backend, update }: Facts): Settings => {
  const { tfjs, packages } = versions(import.meta.url);
  return {
    endianness: endianness(),
    versions: { tfjs, ...packages },
    backend,
    config: toSetting(config),
    data: Object.fromEntries(
      data.map(({ path, bytes, sha256 }) => [path, `${bytes} bytes, SHA-256 ${sha256}`]),
    ),
    checkpoint: update === undefined ? 'none' : `update ${update}`,
  };
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
        'Start all ranks with one config, one copy of the data, one version and one folder that all can read.',
    );
  }
};
