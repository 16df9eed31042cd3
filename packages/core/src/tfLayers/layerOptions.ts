import {
  check,
  checkNumber,
  checkOptions,
  checkRecord,
  invalidArgument,
  SteadyformerError,
  show,
} from '../checks/errors';

/** A module as a saved model holds it: the registered factory that makes it, and its JSON options. */
export interface ModuleDescription {
  readonly factory: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Options of `asLayer`. */
export interface AsLayerOptions {
  readonly name?: string;
  /** [T, D] of the input, for the first layer of a tf.sequential. */
  readonly inputShape?: readonly (number | null)[];
  /** Seed of dropout, and of the weights where a description is given. Default 1. */
  readonly seed?: number;
}

/** The JSON options of a saved module. */
export const parsed = (module: string, factory: string): Readonly<Record<string, unknown>> => {
  try {
    return JSON.parse(module);
  } catch (error) {
    throw new SteadyformerError(
      `saved layer of the factory ${show(factory)}: its module ${show(module)} is not JSON, so the file is damaged; ` +
        'use another copy',
      { cause: error },
    );
  }
};

/** The text of a module's options. Throws where JSON cannot hold them. */
export const jsonOf = (config: ModuleDescription['config']): string => {
  checkRecord('asLayer() config', config, 'an object of JSON');
  try {
    return JSON.stringify(config);
  } catch {
    // A circle, a BigInt, or lists in lists in lists.
    throw invalidArgument({
      what: 'asLayer() config',
      received: config,
      allowed: 'an object that JSON can hold',
    });
  }
};

/** Throws on options of `asLayer` that tfjs would not take, or would misread. */
export const checkLayerOptions = (options: AsLayerOptions): void => {
  checkOptions(options, ['name', 'inputShape', 'seed'], 'asLayer()');
  const { name, inputShape, seed } = options;
  // tfjs puts the name before the names of weights.
  const named =
    name === undefined || (typeof name === 'string' && /^[A-Za-z0-9][-A-Za-z0-9._/]*$/u.test(name));
  check(named, 'asLayer() name', name, 'letters, digits and - . _ /, a letter or digit first');
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && Number(size) >= 1;
  const shaped =
    inputShape === undefined ||
    (Array.isArray(inputShape) &&
      inputShape.length === 2 &&
      (inputShape[0] === null || isSize(inputShape[0])) &&
      isSize(inputShape[1]));
  const allowed =
    '[tokens, width] of the expected [batch, tokens, width], whole numbers >= 1; tokens may be null';
  check(shaped, 'asLayer() inputShape', inputShape, allowed);
  if (seed !== undefined) checkNumber('asLayer() seed', seed);
};
