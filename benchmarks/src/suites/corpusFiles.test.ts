import { describe, expect, it } from 'vitest';
import { corpusFiles, corpusFilesAmong } from './corpusFiles';

describe('corpusFilesAmong', () => {
  it('finds files by any of the usual names, gzipped or not', () => {
    expect(corpusFilesAmong(['val.de.gz', 'train.de.gz', 'train.en.gz', 'val.en.gz', 'x'], 'm')).toEqual({
      train: { source: 'm/train.en.gz', target: 'm/train.de.gz' },
      valid: { source: 'm/val.en.gz', target: 'm/val.de.gz' },
    });
    const both = ['train.en', 'train.en.gz', 'train.de', 'valid.en', 'valid.de'];
    expect(corpusFilesAmong(both, 'm').train).toEqual({ source: 'm/train.en', target: 'm/train.de' });
  });

  it('takes the bundled corpus where none is named', () => {
    expect(corpusFiles().valid.target).toMatch(/corpora.libreoffice-help-en-de.valid\.de$/);
  });

  it('says so where there is no such folder', () => {
    expect(() => corpusFiles('no/such/folder')).toThrow(
      /^--data: '.*no.such.folder' cannot be read \(ENOENT\), allowed a folder with train\.en/,
    );
  });

  it('says what is missing', () => {
    expect(() => corpusFilesAmong(['train.en', 'valid.en', 'valid.de'], 'm')).toThrow(
      "--data: 'm' has no train.en and train.de (or .gz)",
    );
    expect(() => corpusFilesAmong(['train.en', 'train.de', 'dev.en'], 'm')).toThrow(
      'no valid.en and valid.de, or val.en and val.de, or dev.en and dev.de',
    );
  });
});
