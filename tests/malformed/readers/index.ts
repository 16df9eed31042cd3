import type { ReaderSet } from '../protocol';
import type { Reader } from '../reader';
import { broken } from './broken';
import { files } from './files';
import { models } from './models';

/** Every public reader. One more is a few lines in the file of its kind. */
const all: readonly Reader[] = [...models, ...files];

export const readersOf = (set: ReaderSet): readonly Reader[] => (set === 'broken' ? broken : all);
