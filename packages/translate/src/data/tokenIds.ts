import { check, invalidArgument } from '@steadyformer/core';

const MOST = 2 ** 31 - 1;

/** Throws on what cannot be a list of token ids; a look at the ids themselves is for `checkIds`. */
export const checkIdList = (what: string, list: ArrayLike<number>): void => {
  const isList = typeof list === 'object' && Number.isSafeInteger(list?.length);
  check(isList, what, list, 'a list of token ids');
};

/**
 * Throws on what an Int32Array would change without a word, or a file could not hold, and above `most`; `whatOf` names
 * token i.
 */
export const checkIds = (
  ids: ArrayLike<number>,
  whatOf: (i: number) => string,
  most: number = MOST,
): void => {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (Number.isInteger(id) && id! >= 0 && id! <= most) continue;
    throw invalidArgument({ what: whatOf(i), received: id, allowed: `whole numbers 0 to ${most}` });
  }
};
