import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Split } from '../framework/corpora';
import type { Parts } from './splitPairs';

export interface Written {
  readonly parts: Parts;
  readonly languages: readonly [source: string, target: string];
  /** README.md beside the text. */
  readonly readme: string;
  /** Texts of licences by file name. */
  readonly licences: Readonly<Record<string, string>>;
}

/** Writes a corpus, a line a sentence. The folder appears when all is written, in place of an older one. */
export const writeCorpus = async (
  folder: string,
  { parts, languages, readme, licences }: Written,
): Promise<void> => {
  const partial = `${folder}.partial`;
  await mkdir(dirname(folder), { recursive: true });
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  try {
    const [source, target] = languages;
    for (const split of Object.keys(parts) as Split[]) {
      const lines = (side: 'source' | 'target'): string =>
        parts[split].map((pair) => `${pair[side]}\n`).join('');
      await writeFile(join(partial, `${split}.${source}`), lines('source'));
      await writeFile(join(partial, `${split}.${target}`), lines('target'));
    }
    await writeFile(join(partial, 'README.md'), readme);
    if (Object.keys(licences).length > 0) await mkdir(join(partial, 'licences'));
    for (const [name, text] of Object.entries(licences)) {
      await writeFile(join(partial, 'licences', name), text);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
};
