import { readdirSync } from 'node:fs';
import { join } from 'node:path';

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

/** @throws Error where the folder cannot be read, or lacks a file */
export const corpusFiles = (folder: string): CorpusFiles => corpusFilesAmong(readdirSync(folder), folder);
