import { backendCandidates } from '@steadyformer/core';
import { type Machine, machine } from '@steadyformer/core/node';
import { otherTfjs, type Versions, versions } from './environment';
import { remedyFor } from './remedies';
import type { Trial } from './trial';

/** A backend that could be chosen, tried. */
export interface ExaminedBackend extends Trial {
  readonly name: string;
  /** Whether 'auto' would take it; else it has to be asked for. */
  readonly automatic: boolean;
  /** What to do where it does not work. */
  readonly remedy?: string;
}

export interface Examination {
  readonly versions: Versions;
  readonly machine: Machine;
  /** In the order in which they are tried. */
  readonly backends: readonly ExaminedBackend[];
  /** What commands compute on here: STEADYFORMER_BACKEND, else the first that works. Null where none does. */
  readonly chosen: string | null;
  readonly warnings: readonly string[];
}

/**
 * Tries every backend that `selectBackend` knows, one after the other.
 *
 * @param tried does it, and never throws
 */
export const examine = async (
  tried: (name: string) => Promise<Trial>,
  wanted: string | undefined = process.env.STEADYFORMER_BACKEND,
): Promise<Examination> => {
  const found = versions();
  const backends: ExaminedBackend[] = [];
  for (const { name, automatic = true } of backendCandidates()) {
    const trial = await tried(name);
    const remedy = trial.works ? '' : remedyFor(name, trial.reason ?? '', found.tfjs);
    backends.push({ name, automatic, ...trial, ...(remedy ? { remedy } : {}) });
  }
  const works = (name: string | undefined): boolean =>
    backends.some((each) => each.works && each.name === name);
  const asked = wanted && wanted !== 'auto' ? wanted : undefined;
  const first = backends.find((each) => each.works && each.automatic)?.name;
  const other = otherTfjs();
  return {
    versions: found,
    machine: machine(),
    backends,
    chosen: (asked === undefined ? first : works(asked) ? asked : undefined) ?? null,
    warnings: [
      ...(asked === undefined || works(asked)
        ? []
        : [`STEADYFORMER_BACKEND asks for '${asked}', which does not work here: unset it, or name another`]),
      ...(other === undefined
        ? []
        : [
            `this folder's program loads another copy of TensorFlow.js (${other}): npm dedupe makes them one`,
          ]),
    ],
  };
};
