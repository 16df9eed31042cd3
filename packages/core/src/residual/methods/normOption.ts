import { checkOneOf } from '../../checks/errors';

/** Norms of the methods that language models use. */
export type MethodNorm = 'rms' | 'layer';

/** The norm that the options name, RMSNorm by default. `where` is the method's call. */
export const normOption = (norm: MethodNorm | undefined, where: string): MethodNorm =>
  checkOneOf(`${where} norm`, norm === undefined ? 'rms' : norm, ['rms', 'layer']);
