import { SteadyformerError } from '@steadyformer/core';

/**
 * Throws where an option is given that would be ignored.
 *
 * @param because when it has no effect: `without dropout`, `beside learner, which has its own`
 */
export const checkNoEffect = (
  where: string,
  options: object,
  names: readonly string[],
  because: string,
): void => {
  const ignored = names.find((name) => (options as Readonly<Record<string, unknown>>)[name] !== undefined);
  if (ignored === undefined) return;
  throw new SteadyformerError(`${where}: '${ignored}' has no effect ${because}. Leave it out.`);
};
