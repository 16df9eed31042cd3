import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { readBlocks } from '../../../corpora/scripts/lib/help-html.mjs';
import { sentencePairs } from '../../../corpora/scripts/lib/sentences.mjs';
import { maskEnglish, normalise } from '../../../corpora/scripts/lib/text.mjs';
import { messageLines, readCatalogue } from './catalogue';
import { copyrightOf, debianDescriptions, debianPackage, type Outside, type Unpacked } from './debian';
import { describedPairs } from './descriptions';
import type { Pair } from './pair';

/** What a builder found. */
export interface Found {
  readonly pairs: readonly Pair[];
  /** Names and versions of what it was read from. */
  readonly sources: readonly string[];
  readonly licences: Readonly<Record<string, string>>;
}

export interface Asked {
  /** The language of the translations; the source is English. */
  readonly language: string;
  /** Debian packages, where a builder reads such as are named. */
  readonly packages?: readonly string[];
}

export interface Builder {
  readonly says: string;
  readonly licence: string;
  readonly find: (asked: Asked, outside: Outside) => Promise<Found>;
}

const SOURCE = 'en';

const noPackages = (name: string, { packages }: Asked): void => {
  if (packages)
    throw new SteadyformerError(`--packages: ${name} has none to choose, allowed of gettext alone`);
};

const descriptions: Builder = {
  says: 'sentences of the descriptions of Debian packages',
  licence:
    "Each description is under the free licence of its package; translations are by the volunteers of Debian's description translation project. Train and test with it; do not pass it on.",
  find: async (asked, outside) => {
    noPackages('debian-descriptions', asked);
    const { source, target, lists } = await debianDescriptions([SOURCE, asked.language], outside);
    return { pairs: describedPairs(source, target), sources: lists, licences: {} };
  },
};

/** The folders of help pages by language, such as `en-US`. */
const pagesOf = async ({ folder }: Unpacked): Promise<string> => {
  const all = join(folder, 'usr', 'share', 'libreoffice', 'help');
  for (const name of existsSync(all) ? await readdir(all) : []) {
    const text = join(all, name, 'text');
    if (existsSync(text)) return text;
  }
  throw new SteadyformerError(
    `${all}: holds no help pages in HTML. The package is of another version than Debian 12's.`,
  );
};

const help: Builder = {
  says: 'sentences of the LibreOffice help',
  licence: 'MPL-2.0, see licences/: whoever passes it on leaves the notice with it.',
  find: async (asked, outside) => {
    noPackages('libreoffice-help', asked);
    const names = ['en-us', asked.language.toLowerCase()].map((each) => `libreoffice-help-${each}`);
    const packages: Unpacked[] = [];
    for (const name of names) packages.push(await debianPackage(name, outside));
    const [english, other] = [await pagesOf(packages[0]!), await pagesOf(packages[1]!)];
    const pages = (await readdir(english, { recursive: true }))
      .filter((file) => file.endsWith('.html') && existsSync(join(other, file)))
      .sort();
    const pairs: Pair[] = [];
    for (const group of pages) {
      const translated = readBlocks(await readFile(join(other, group), 'utf8'));
      for (const [id, text] of readBlocks(await readFile(join(english, group), 'utf8'))) {
        const translation = translated.get(id);
        if (translation === undefined) continue;
        for (const { en, de } of sentencePairs(normalise(text), normalise(translation))) {
          pairs.push({ group, source: en, target: de });
        }
      }
    }
    return {
      pairs,
      sources: names.map((name, i) => `Debian package ${name} ${packages[i]!.version}`),
      licences: Object.fromEntries(
        await Promise.all(
          names.map(async (name, i) => [name, await copyrightOf(packages[i]!, name)] as const),
        ),
      ),
    };
  },
};

const PACKAGES = ['coreutils', 'bash', 'findutils', 'tar', 'gnupg-l10n', 'gimp-data', 'vlc-l10n'];

/** Catalogues of one language, wherever a package puts them. */
const cataloguesOf = async ({ folder }: Unpacked, language: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true }))
    .filter((path) => path.endsWith('.mo') && path.split('/').includes(language))
    .sort()
    .map((path) => join(folder, path));

const gettext: Builder = {
  says: 'messages of programs, from their gettext catalogues',
  licence:
    'Each catalogue is under the licence of its package, see licences/. Train and test with it; pass on only what those allow.',
  find: async ({ language, packages = PACKAGES }, outside) => {
    const pairs: Pair[] = [];
    const sources: string[] = [];
    const licences: Record<string, string> = {};
    for (const name of packages) {
      const unpacked = await debianPackage(name, outside);
      const catalogues = await cataloguesOf(unpacked, language);
      if (catalogues.length === 0) {
        outside.log(`${name}: no catalogue in '${language}'`);
        continue;
      }
      for (const path of catalogues) {
        const messages = messageLines(readCatalogue(await readFile(path), path));
        // Messages that say the same of other things stay together.
        for (const message of messages) pairs.push({ group: maskEnglish(message.source), ...message });
      }
      sources.push(
        `Debian package ${name} ${unpacked.version}: ${catalogues.map((path) => basename(path)).join(', ')}`,
      );
      licences[name] = await copyrightOf(unpacked, name);
    }
    if (pairs.length > 0) return { pairs, sources, licences };
    throw new SteadyformerError(
      `language '${language}': none of ${packages.join(', ')} has a catalogue in it. Choose another language, or --packages that have one.`,
    );
  },
};

export const BUILDERS: Readonly<Record<string, Builder>> = {
  'debian-descriptions': descriptions,
  'libreoffice-help': help,
  gettext,
};
