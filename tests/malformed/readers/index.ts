import type { ReaderSet } from '../protocol';
import type { Reader } from '../reader';
import { analysis } from './analysis';
import { broken } from './broken';
import { configuration } from './configuration';
import { decoding } from './decoding';
import { exports } from './exports';
import { files } from './files';
import { layers } from './layers';
import { learning } from './learning';
import { models } from './models';
import { optimizers } from './optimizers';
import { options } from './options';
import { pretrained } from './pretrained';
import { profiles } from './profiles';
import { programs } from './programs';
import { runConfigs } from './runConfigs';
import { runs } from './runs';
import { runTraining } from './runTraining';
import { scores } from './scores';
import { text } from './text';
import { training } from './training';
import { vocabularies } from './vocabularies';

/** Every public reader. One more is a few lines in the file of its kind. */
const all: readonly Reader[] = [
  // First: a backend that is running takes no options.
  ...configuration,
  ...models,
  ...training,
  ...optimizers,
  ...options,
  ...scores,
  ...files,
  ...exports,
  ...pretrained,
  ...runs,
  ...runConfigs,
  ...runTraining,
  ...text,
  ...vocabularies,
  ...profiles,
  ...analysis,
  ...decoding,
  ...learning,
  ...layers,
  ...programs,
];

export const readersOf = (set: ReaderSet): readonly Reader[] => (set === 'broken' ? broken : all);
