import type { GenericSchema } from 'valibot';
import { having } from '../checks/schemas';
import type { Bpe } from './bpe';

/** A vocabulary, told by what is asked of it. `or` says what else is allowed in its place. */
export const bpe = (or = ''): GenericSchema<Bpe> =>
  having(['encode', 'decode', 'normalise'], `a Bpe, such as trainBpe(lines)${or}`);
