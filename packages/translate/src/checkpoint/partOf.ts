import { SteadyformerError } from '@steadyformer/core';

const NEXT = 'The file is damaged, was edited by hand, or is of another release; use another copy.';

/** What says already what to do. */
const TOLD = /use another|Use the|[Gg]ive |[Pp]ass /u;

/** What `work` on a part of a checkpoint gives. Its errors name the file that holds the part, and say what to do. */
export const partOf = <T>(file: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    const { message } = error;
    const named = message.includes(file) ? message : `${file}: ${message}`;
    const end = /[.!?]$/u.test(named) ? '' : '.';
    throw new SteadyformerError(TOLD.test(message) ? named : `${named}${end} ${NEXT}`, { cause: error });
  }
};
