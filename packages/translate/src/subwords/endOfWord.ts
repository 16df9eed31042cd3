import { invalidArgument } from '@steadyformer/core';
import type { PreTokenizer } from './preTokenizer';

/** @throws SteadyformerError where the mark is needed and missing. */
export const checkEndOfWord = (received: string, preTokenizer: PreTokenizer): void => {
  if (preTokenizer !== 'whitespace' || received !== '') return;
  throw invalidArgument({
    what: 'endOfWord',
    received,
    allowed:
      "a mark such as '</w>' with the whitespace pre-tokenizer, which cannot tell where words end without",
  });
};
