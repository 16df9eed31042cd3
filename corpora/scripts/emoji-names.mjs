// Makes corpora/emoji-names-en-de from the labels of npm's emojibase-data (see ../README.md).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchPinned, unpack } from './lib/cache.mjs';
import { splitByGroup, writeSplit } from './lib/split.mjs';
import { maskEmoji, normalise, words } from './lib/text.mjs';

const VERSION = '17.0.0';
const SHA256 = 'd01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a';

/** @typedef {import('./lib/split.mjs').Pair} Pair */
/** @typedef {{ hexcode: string, label: string, skins?: { hexcode: string, label: string }[] }} Emoji */

const root = join(dirname(fileURLToPath(import.meta.url)), '..', 'emoji-names-en-de');

const archive = fetchPinned({
  command: 'npm',
  args: ['pack', '--silent', `emojibase-data@${VERSION}`],
  file: /^emojibase-data-.*\.tgz$/u,
  sha256: SHA256,
});
const folder = unpack(archive, `emojibase-data-${SHA256.slice(0, 12)}`, (from, to) => [
  'tar',
  ['-xzf', from, '-C', to],
]);

/** @param {string} language @returns {Emoji[]} */
const read = (language) => JSON.parse(readFileSync(join(folder, 'package', language, 'data.json'), 'utf8'));

/** Code point -> German label. */
const german = new Map(
  read('de').flatMap((emoji) =>
    [emoji, ...(emoji.skins ?? [])].map(({ hexcode, label }) => [hexcode, label]),
  ),
);

/** @type {Map<string, Pair>} */
const bySource = new Map();
for (const emoji of read('en')) {
  for (const { hexcode, label } of [emoji, ...(emoji.skins ?? [])]) {
    const en = normalise(label);
    const de = normalise(german.get(hexcode) ?? '');
    const usable = words(en).length > 0 && words(de).length > 0 && en.toLowerCase() !== de.toLowerCase();
    if (usable && !bySource.has(en)) bySource.set(en, { group: maskEmoji(en), en, de });
  }
}
const pairs = [...bySource.values()];

/**
 * Only a name whose every English word also occurs in names of other emoji is held out: "man kneeling" where "woman
 * kneeling" trains asks for composition, an animal met nowhere else asks for a dictionary.
 * @param {Pair[]} group
 * @param {Pair[]} rest
 */
const composed = (group, rest) => {
  const known = new Set(rest.flatMap((pair) => words(pair.en)));
  return group.every((pair) => words(pair.en).every((word) => known.has(word)));
};

const masks = [
  (/** @type {Pair} */ pair) => maskEmoji(pair.en),
  (/** @type {Pair} */ pair) => maskEmoji(pair.de),
];
const split = splitByGroup(pairs, { size: 350, masks, eligible: composed });
process.stdout.write(
  `${pairs.length} names, ${split.dropped} held-out names dropped: a twin stands in another part\n`,
);
writeSplit(root, split);
