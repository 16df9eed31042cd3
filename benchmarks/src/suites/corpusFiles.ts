import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../paths';

/** One part of a parallel corpus. */
export interface CorpusPart {
  readonly source: string;
  readonly target: string;
}

export interface CorpusFiles {
  readonly train: CorpusPart;
  readonly valid: CorpusPart;
}

const VALID = ['valid', 'val', 'dev'];

const partOf = (names: readonly string[], stems: readonly string[], folder: string): CorpusPart => {
  const find = (stem: string, language: string): string | undefined =>
    [`${stem}.${language}`, `${stem}.${language}.gz`].find((name) => names.includes(name));
  for (const stem of stems) {
    const [source, target] = [find(stem, 'en'), find(stem, 'de')];
    if (source !== undefined && target !== undefined)
      return { source: join(folder, source), target: join(folder, target) };
  }
  const wanted = stems.map((stem) => `${stem}.en and ${stem}.de`).join(', or ');
  throw new Error(`--data: '${folder}' has no ${wanted} (or .gz)`);
};

/** The files of an English-German corpus among the names of its folder, plain ones before gzipped ones. */
export const corpusFilesAmong = (names: readonly string[], folder: string): CorpusFiles => ({
  train: partOf(names, ['train'], folder),
  valid: partOf(names, VALID, folder),
});

const BUNDLED = join(root, '..', 'corpora', 'libreoffice-help-en-de');

/**
 * The files of the corpus that `--data` names, from the folder that the command was typed in; without, of the bundled one.
 *
 * @throws Error where the folder cannot be read, or lacks a file
 */
export const corpusFiles = (data?: string): CorpusFiles => {
  const folder = data === undefined ? BUNDLED : resolve(process.env.INIT_CWD ?? process.cwd(), data);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `--data: '${folder}' cannot be read (${code}), allowed a folder with train.en, train.de, ...`,
    );
  }
  return corpusFilesAmong(names, folder);
};
