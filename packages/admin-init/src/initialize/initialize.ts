import {
  check,
  checkNumber,
  checkStacked,
  fields,
  flag,
  parseAs,
  type Stacked,
  SteadyformerError,
  type SubLayer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { checkProfile, type Profile } from '../profile/profileFormat';
import { scaledStacks, sharedOmegas } from '../scales/profiledScales';

/** Options of `initialize`. */
export interface InitializeOptions {
  /**
   * Allows more branches, or more stacks, than the model has: the first ones are used. Right for encoders, whose
   * profiles do not depend on the depth; a decoder's depend on the depth of the encoder it attends to. Default false.
   */
  readonly prefix?: boolean;
}

/**
 * Omegas without paths: a list for each stack that is profiled, in the model's order, as `parseProfile` reads the
 * authors' files.
 */
export type OmegaLists = readonly (readonly number[])[];

/**
 * Sets the omegas of the model that `profile` covers, vector or scalar, from a profile (Liu et al. 2020, section 4.1) or
 * from the omegas of an authors' file; stacks and sub-layers of other methods stay as they are. A scale that sub-layers
 * share becomes the root mean square of theirs. Throws before it changes anything where they were made for another architecture, naming the
 * first path that differs, and where a profile is malformed, naming the field.
 */
export const initialize = <Batch>(
  model: Stacked<Batch>,
  source: Profile | OmegaLists,
  options: InitializeOptions = {},
): void => {
  checkStacked('initialize()', model);
  const { prefix } = parseAs(fields({ prefix: v.optional(flag(), false) }), options, 'initialize()');
  const stacks = scaledStacks(model);
  if (Object.keys(stacks).length === 0) throw unscaled(model);
  const given = Array.isArray(source) ? fromLists(source, stacks) : checkProfile(source).stacks;
  const assignments = Object.entries(stacks).flatMap(([stackPath, { profiled }]) => {
    const branches: readonly Given[] = Object.hasOwn(given, stackPath) ? given[stackPath]! : [];
    const omegas = profiled.map(({ path, subLayer }, i) => {
      const received = branches[i];
      if (!received) throw mismatch(path, 'nothing more');
      if (received.path !== undefined && received.path !== path) throw mismatch(path, received.path);
      checkTrained(path, subLayer);
      return received.omega;
    });
    const extra = branches[profiled.length];
    if (extra && !prefix) throw mismatch(`the end of '${stackPath}'`, shown(extra));
    const set = sharedOmegas(profiled, omegas);
    return profiled.map(({ subLayer }, i) => ({ subLayer, omega: set[i]! }));
  });
  const other = Object.keys(given).find((stackPath) => !Object.hasOwn(stacks, stackPath));
  if (other !== undefined && !prefix) throw mismatch('no more stacks', shown(given[other]![0]));
  for (const { subLayer, omega } of assignments) setOmega(subLayer, omega);
};

interface Given {
  readonly path?: string;
  readonly omega: number;
}

/** Lists by the path of their stack; those beyond the model's stacks under their number. */
const fromLists = (lists: OmegaLists, stacks: object): Record<string, Given[]> => {
  const names = Object.keys(stacks);
  return Object.fromEntries(
    lists.map((list, s) => {
      const what = `list ${s + 1}`;
      check(Array.isArray(list), `initialize(): ${what}`, list, 'lists of omegas, one a stack');
      const omegas = list.map((omega, i) => ({
        omega: checkNumber(`initialize(): omega ${i + 1} of ${what}`, omega, 'numbers > 0', (w) => w > 0),
      }));
      return [names[s] ?? what, omegas];
    }),
  );
};

const shown = (given: Given | undefined): string =>
  given === undefined ? 'an empty list' : (given.path ?? `omega ${given.omega}`);

const mismatch = (expected: string, received: string): SteadyformerError =>
  new SteadyformerError(
    `initialize(): the profile belongs to another architecture: it has ${received} where the model has ` +
      `${expected}. Profile this model, or pass { prefix: true } to use a deeper profile for a shallower encoder.`,
  );

const checkTrained = (path: string, { omega, residual: { shortcutScale: scale } }: SubLayer): void => {
  if (omega) return;
  throw unsettable(
    path,
    scale.kind === 'constant' ? `the constant shortcut scale ${scale.value}` : 'no shortcut scale',
  );
};

/** The error of a model in which a profile has nothing to set. */
const unscaled = <Batch>(model: Stacked<Batch>): SteadyformerError => {
  const [[stackPath, stack] = ['', undefined]] = Object.entries(model.stacks());
  return unsettable(`${stackPath}.${stack?.subLayers()[0]?.path ?? ''}`, 'no shortcut scale');
};

const unsettable = (path: string, what: string): SteadyformerError =>
  new SteadyformerError(
    `initialize(): ${path} has ${what}, which a profile cannot set; build the stack with admin() or adminConstant({ trainable: true })`,
  );

const setOmega = ({ omega }: SubLayer, value: number): void => {
  const filled = tf.fill([...omega!.shape], value);
  omega!.assign(filled);
  filled.dispose();
};
