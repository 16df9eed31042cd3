import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';
import type { SentencePair } from '@steadyformer/translate';
import { loadParallelFiles } from '@steadyformer/translate/node';
import type { CorpusName, DemoOptions } from './options';

export interface Corpus {
  readonly title: string;
  readonly train: readonly SentencePair[];
  readonly valid: readonly SentencePair[];
  readonly test: readonly SentencePair[];
}

const bundled: Readonly<Record<CorpusName, { folder: string; title: string }>> = {
  libreoffice: {
    folder: 'libreoffice-help-en-de',
    title: 'LibreOffice help, English to German (MPL-2.0)',
  },
  emoji: { folder: 'emoji-names-en-de', title: 'emoji names, English to German (Unicode-3.0, MIT)' },
};

const readBundled = async (name: CorpusName): Promise<Corpus> => {
  const { folder, title } = bundled[name];
  const at = (file: string): string =>
    fileURLToPath(new URL(`../../../corpora/${folder}/${file}`, import.meta.url));
  const part = (split: string) => loadParallelFiles({ source: at(`${split}.en`), target: at(`${split}.de`) });
  return { title, train: await part('train'), valid: await part('valid'), test: await part('test') };
};

/** Every 25th pair is for validation and every 25th for the test. */
const HOLD_OUT = 25;

const readOwn = async (source: string, target: string): Promise<Corpus> => {
  const pairs = await loadParallelFiles({ source, target });
  if (pairs.length < 2 * HOLD_OUT) {
    throw new SteadyformerError(
      `'${source}' has ${pairs.length} pairs, which is too few to hold some out; give at least ${2 * HOLD_OUT}`,
    );
  }
  const place = (i: number): number => i % HOLD_OUT;
  return {
    title: `${source} to ${target}`,
    train: pairs.filter((_, i) => place(i) > 1),
    valid: pairs.filter((_, i) => place(i) === 0),
    test: pairs.filter((_, i) => place(i) === 1),
  };
};

/** The user's own text where given, else the bundled one. Throws on bad files, with file and line. */
export const readCorpus = async (
  { source, target, corpus }: DemoOptions,
  standard: CorpusName,
): Promise<Corpus> =>
  source !== undefined && target !== undefined ? readOwn(source, target) : readBundled(corpus ?? standard);
