// Makes corpora/libreoffice-help-en-de from the LibreOffice help pages of Debian 12 (see ../README.md).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchPinned, unpack } from './lib/cache.mjs';
import { readBlocks } from './lib/help-html.mjs';
import { sentencePairs } from './lib/sentences.mjs';
import { splitByGroup, writeSplit } from './lib/split.mjs';
import { maskEnglish, maskGerman, normalise, words } from './lib/text.mjs';

const VERSION = '4:7.4.7-1+deb12u14';
const PACKAGES = {
  'en-US': {
    name: 'libreoffice-help-en-us',
    sha256: '8faa840285734d6cfe1ed25537b48f07e74bd6412e3917bf8e5f8a653f7b3712',
  },
  de: {
    name: 'libreoffice-help-de',
    sha256: '00490b63c509ac96f7f212d6a6e40452d3e0d1f97ccf4b824dd5ec4c01e8277f',
  },
};
const SOURCE_WORDS = { least: 3, most: 14 };
const MOST_TARGET_WORDS = 20;
const MOST_RATIO = 1.6;
const SENTENCES_A_WORD = { en: 4, de: 2 };

/** @typedef {import('./lib/split.mjs').Pair} Pair */

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'libreoffice-help-en-de');

/** @param {'en-US' | 'de'} language */
const pagesOf = (language) => {
  const { name, sha256 } = PACKAGES[language];
  const deb = fetchPinned({
    command: 'apt-get',
    args: ['download', `${name}=${VERSION}`],
    file: new RegExp(`^${name}_.*\\.deb$`, 'u'),
    sha256,
  });
  const folder = unpack(deb, `${name}-${sha256.slice(0, 12)}`, (from, to) => ['dpkg', ['-x', from, to]]);
  return join(folder, 'usr', 'share', 'libreoffice', 'help', language, 'text');
};

/** @returns {Pair[]} every sentence pair of the help, in the order of files and elements */
const readPairs = () => {
  const english = pagesOf('en-US');
  const german = pagesOf('de');
  const files = readdirSync(english, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && existsSync(join(german, file)))
    .sort();
  return files.flatMap((file) => {
    const en = readBlocks(readFileSync(join(english, file), 'utf8'));
    const de = readBlocks(readFileSync(join(german, file), 'utf8'));
    return [...en].flatMap(([id, text]) => {
      const other = de.get(id);
      if (other === undefined) return [];
      return sentencePairs(normalise(text), normalise(other)).map((pair) => ({ group: file, ...pair }));
    });
  });
};

/** @param {string} text */
const numbers = (text) => (text.match(/\p{N}+/gu) ?? []).sort().join(' ');

/** @param {Pair} pair */
const isClean = ({ en, de }) => {
  const source = en.split(' ').length;
  const target = de.split(' ').length;
  return (
    source >= SOURCE_WORDS.least &&
    source <= SOURCE_WORDS.most &&
    target >= 2 &&
    target <= MOST_TARGET_WORDS &&
    Math.max(source / target, target / source) <= MOST_RATIO &&
    en.toLowerCase() !== de.toLowerCase() &&
    words(en).length >= 2 &&
    numbers(en) === numbers(de) &&
    !/[{}<>|\\_=]|\p{Lu}\.\p{Lu}/u.test(`${en} ${de}`)
  );
};

/** The most frequent translation of each source (the first one met among equals). @param {Pair[]} pairs */
const oneTranslationEach = (pairs) => {
  /** @type {Map<string, Map<string, { pair: Pair, count: number }>>} */
  const sources = new Map();
  for (const pair of pairs) {
    const targets = sources.get(pair.en.toLowerCase()) ?? new Map();
    const entry = targets.get(pair.de) ?? { pair, count: 0 };
    entry.count++;
    targets.set(pair.de, entry);
    sources.set(pair.en.toLowerCase(), targets);
  }
  return [...sources.values()].map(
    (targets) =>
      [...targets.values()].reduce((best, entry) => (entry.count > best.count ? entry : best)).pair,
  );
};

/** Drops pairs with rare words until every word left is frequent enough. @param {Pair[]} pairs */
const withFrequentWords = (pairs) => {
  for (let kept = pairs; ; ) {
    const counts = { en: new Map(), de: new Map() };
    for (const pair of kept) {
      for (const side of /** @type {const} */ (['en', 'de'])) {
        for (const word of new Set(words(pair[side]))) {
          counts[side].set(word, (counts[side].get(word) ?? 0) + 1);
        }
      }
    }
    const next = kept.filter((pair) =>
      /** @type {const} */ (['en', 'de']).every((side) =>
        words(pair[side]).every((word) => counts[side].get(word) >= SENTENCES_A_WORD[side]),
      ),
    );
    if (next.length === kept.length) return next;
    kept = next;
  }
};

const all = readPairs();
const clean = oneTranslationEach(all.filter(isClean));
const frequent = withFrequentWords(clean);
process.stdout.write(
  `${all.length} sentence pairs, ${clean.length} clean, ${frequent.length} of frequent words\n`,
);
const split = splitByGroup(frequent, {
  size: 450,
  masks: [(pair) => maskEnglish(pair.en), (pair) => maskGerman(pair.de)],
});
process.stdout.write(`${split.dropped} held-out pairs dropped: a masked twin stands in another part\n`);
// Dropping twins made some words rare: the promise on word counts holds for what is written.
const kept = new Set(withFrequentWords([...split.train, ...split.valid, ...split.test]));
const keep = (/** @type {Pair[]} */ pairs) => pairs.filter((pair) => kept.has(pair));
writeSplit(root, { train: keep(split.train), valid: keep(split.valid), test: keep(split.test) });
