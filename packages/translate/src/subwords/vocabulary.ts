import type { GenericSchema } from 'valibot';
import { having } from '../checks/schemas';
import type { Bpe } from './bpe';

/** A vocabulary that a call is given, told by what is asked of it. */
export const vocabulary = (): GenericSchema<Bpe> =>
  having(['encode', 'decode', 'normalise'], 'a Bpe, such as trainBpe(lines)');
