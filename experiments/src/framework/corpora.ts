import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '@steadyformer/core';

export type Split = 'train' | 'valid' | 'test';

/** Files of parallel text, a line a sentence. */
export interface Corpus {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  /** The two files of a part. */
  readonly files: (split: Split) => { readonly source: string; readonly target: string };
}

interface Known {
  readonly folder: () => string;
  readonly languages: readonly [source: string, target: string];
  /** File names by part, before the language. */
  readonly parts?: Partial<Record<Split, string>>;
  /** How it is made, or where it comes from. */
  readonly make: string;
}

const bundled = (name: string): string => fileURLToPath(new URL(`../../../corpora/${name}`, import.meta.url));

/** Where text lies that the repository does not hold: `STEADYFORMER_CORPORA`, else a folder of the user's cache. */
export const corporaFolder = (): string =>
  process.env.STEADYFORMER_CORPORA ?? join(homedir(), '.cache', 'steadyformer', 'corpora');

const HELD = 'It lies in the repository: check it out again.';

const CORPORA: Readonly<Record<string, Known>> = {
  'emoji-names': { folder: () => bundled('emoji-names-en-de'), languages: ['en', 'de'], make: HELD },
  'libreoffice-help': {
    folder: () => bundled('libreoffice-help-en-de'),
    languages: ['en', 'de'],
    make: HELD,
  },
  'debian-descriptions': {
    folder: () => join(corporaFolder(), 'debian-descriptions-en-de'),
    languages: ['en', 'de'],
    make: 'Make it: npm run corpus -- debian-descriptions',
  },
  'libreoffice-help-all': {
    folder: () => join(corporaFolder(), 'libreoffice-help-en-de'),
    languages: ['en', 'de'],
    make: 'Make it: npm run corpus -- libreoffice-help',
  },
  gettext: {
    folder: () => join(corporaFolder(), 'gettext-en-de'),
    languages: ['en', 'de'],
    make: 'Make it: npm run corpus -- gettext',
  },
  multi30k: {
    folder: () => join(corporaFolder(), 'multi30k'),
    languages: ['en', 'de'],
    parts: { valid: 'val', test: 'test_2016_flickr' },
    make: 'Put train, val and test_2016_flickr (.en and .de, gzipped or not) of Multi30k, github.com/multi30k/dataset, there, or set STEADYFORMER_CORPORA to the folder above.',
  },
  'wmt14-en-de': {
    folder: () => join(corporaFolder(), 'wmt14-en-de'),
    languages: ['en', 'de'],
    make: "Put train.en, train.de, valid.en, valid.de, test.en and test.de there, as the paper's appendix prepares them, or set STEADYFORMER_CORPORA to the folder above.",
  },
  'iwslt14-de-en': {
    folder: () => join(corporaFolder(), 'iwslt14-de-en'),
    languages: ['de', 'en'],
    make: "Put train.de, train.en, valid.de, valid.en, test.de and test.en there, as the paper's appendix prepares them, or set STEADYFORMER_CORPORA to the folder above.",
  },
};

export const corpusNames: readonly string[] = Object.keys(CORPORA);

/** @throws SteadyformerError on a name that is none */
export const corpus = (name: string): Corpus => {
  const known = Object.hasOwn(CORPORA, name) ? CORPORA[name] : undefined;
  if (!known) {
    throw new SteadyformerError(`corpus: received '${name}', allowed ${corpusNames.join(', ')}`);
  }
  const { folder, languages, parts } = known;
  const [source, target] = languages;
  const at = (split: Split, language: string): string => {
    const file = join(folder(), `${parts?.[split] ?? split}.${language}`);
    return existsSync(`${file}.gz`) ? `${file}.gz` : file;
  };
  return {
    name,
    source,
    target,
    files: (split) => ({ source: at(split, source), target: at(split, target) }),
  };
};

/** What is missing of a corpus, in a sentence that says how to make it; undefined where all is there. */
export const missing = (name: string): string | undefined => {
  const { files } = corpus(name);
  const absent = (['train', 'valid', 'test'] as const)
    .flatMap((split) => Object.values(files(split)))
    .filter((file) => !existsSync(file));
  if (absent.length === 0) return undefined;
  return `corpus '${name}': ${absent[0]} is not there. ${CORPORA[name]!.make}`;
};
