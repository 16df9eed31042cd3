import type { ReaderSet } from '../protocol';
import type { Reader } from '../reader';
import { analysis } from './analysis';
import { broken } from './broken';
import { files } from './files';
import { models } from './models';
import { options } from './options';
import { profiles } from './profiles';
import { text } from './text';
import { training } from './training';

/** Every public reader. One more is a few lines in the file of its kind. */
const all: readonly Reader[] = [
  ...models,
  ...training,
  ...options,
  ...files,
  ...text,
  ...profiles,
  ...analysis,
];

export const readersOf = (set: ReaderSet): readonly Reader[] => (set === 'broken' ? broken : all);
