import { SteadyformerError } from '@steadyformer/core';

/** JSON of a file, of any form. Throws where it is none; `what` names it. */
export const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SteadyformerError(
      `${what}: not JSON (${error instanceof Error ? error.message : String(error)})`,
    );
  }
};
