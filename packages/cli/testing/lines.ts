import { join } from 'node:path';
import {
  type TranslateOptions,
  type Translation,
  type Translator,
  translatorFrom,
} from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach } from 'vitest';
import { savedModel } from './checkpoints';
import { freshFolder } from './command';

/** Lines that a small model knows the letters of. */
export const LINES = [
  'small words',
  '',
  'a test of a test',
  'of small',
  '   ',
  'a',
  'test words small of a',
] as const;

export const CPU = ['--backend', 'cpu'] as const;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A folder for every test of the file, `model` in it saved. */
export interface ModelFolder {
  /** A path in the folder. */
  readonly at: (...names: string[]) => string;
  /** What its translator says, which is disposed after it. */
  readonly withTranslator: (
    use: (translator: Translator) => Promise<Translation[]>,
  ) => Promise<Translation[]>;
  /** What the library says to each of `LINES` alone. */
  readonly oneByOne: (options?: TranslateOptions) => Promise<Translation[]>;
}

/** Registers the hooks that make one. */
export const modelFolder = (name: string): ModelFolder => {
  const folder = freshFolder(name);
  const at = (...names: string[]): string => join(folder(), ...names);
  let saved: Awaited<ReturnType<typeof savedModel>>;
  beforeAll(async () => {
    saved = await savedModel({ shift: 0.1 });
  });
  beforeEach(() => saveCheckpoint(at('model'), saved));
  const withTranslator: ModelFolder['withTranslator'] = async (use) => {
    await tf.setBackend('cpu');
    const translator = translatorFrom(saved);
    const found = await use(translator);
    translator.model.dispose();
    return found;
  };
  const oneByOne: ModelFolder['oneByOne'] = (options = {}) =>
    withTranslator(async (translator) => {
      const found = [];
      for (const line of LINES) found.push((await translator.translate([line], options))[0]!);
      return found;
    });
  return { at, withTranslator, oneByOne };
};
