import { configure } from '@steadyformer/backend-onnxruntime';
import { flag, text, whole } from '../domains';
import { optionsReader } from '../optionsReader';
import type { Reader } from '../reader';

export const configuration: readonly Reader[] = [
  optionsReader({
    name: 'backend-onnxruntime: configure',
    options: {
      threads: whole(2, 1),
      libraryPath: text('/nowhere/libonnxruntime.so'),
      poolBytes: whole(0, 0),
      forceNative: flag(false),
    },
    // Something is to be configured.
    optional: false,
    call: (o) => {
      try {
        configure(o);
      } finally {
        configure({});
      }
    },
  }),
];
