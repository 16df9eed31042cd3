import { checkOptions, type Stacked, SteadyformerError, type SubLayer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type Profile, type ProfileOptions, profile } from './profile';

export interface InitializeOptions {
  /**
   * Allows a profile with more branches than the model has: its first ones are used. Right for encoders, whose
   * profiles do not depend on the depth. Default false.
   */
  readonly prefix?: boolean;
}

/**
 * Sets every omega of the model from a profile (Liu et al. 2020, section 4.1). Throws before it changes anything
 * where the profile was made for another architecture, naming the first path that differs.
 */
export const initialize = <Batch>(
  model: Stacked<Batch>,
  made: Profile,
  options: InitializeOptions = {},
): void => {
  checkOptions(options, ['prefix'], 'initialize()');
  const assignments = Object.entries(model.stacks()).flatMap(([stackPath, stack]) => {
    const branches = made.stacks[stackPath];
    if (!branches) {
      throw new SteadyformerError(
        `initialize(): the profile has no stack '${stackPath}', only ${Object.keys(made.stacks).join(', ') || 'none'}`,
      );
    }
    const subLayers = stack.subLayers();
    const matched = subLayers.map(({ path, subLayer }, i) => {
      const expected = `${stackPath}.${path}`;
      const received = branches[i]?.path;
      if (received !== expected) throw mismatch(expected, received);
      if (!subLayer.omega) {
        throw new SteadyformerError(`initialize(): ${expected} has no trained shortcut scale; use admin()`);
      }
      return { subLayer, omega: branches[i]!.omega };
    });
    const extra = branches[subLayers.length];
    if (extra && !options.prefix) throw mismatch('the end of the stack', extra.path);
    return matched;
  });
  for (const { subLayer, omega } of assignments) setOmega(subLayer, omega);
};

const mismatch = (expected: string, received: string | undefined): SteadyformerError =>
  new SteadyformerError(
    `initialize(): the profile belongs to another architecture: it has ${received ?? 'nothing more'} where the model has ` +
      `${expected}. Profile this model, or pass { prefix: true } to use a deeper profile for a shallower encoder.`,
  );

const setOmega = ({ omega }: SubLayer, value: number): void => {
  const filled = tf.fill([...omega!.shape], value);
  omega!.assign(filled);
  filled.dispose();
};

/** Profiles a model and initializes it: `profile` and `initialize` in one call. Returns the profile. */
export const adminInit = async <Batch>(
  model: Stacked<Batch>,
  batches: Iterable<Batch>,
  options: ProfileOptions = {},
): Promise<Profile> => {
  const made = await profile(model, batches, options);
  initialize(model, made);
  return made;
};
