import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { maskEmoji, maskEnglish, maskGerman, words } from './scripts/lib/text.mjs';

const parts = ['train', 'valid', 'test'] as const;
const sides = ['en', 'de'] as const;
type Part = (typeof parts)[number];
type Side = (typeof sides)[number];

const corpora: {
  name: string;
  counts: Record<Part, number>;
  masks: Record<Side, (text: string) => string>;
}[] = [
  {
    name: 'libreoffice-help-en-de',
    counts: { train: 12216, valid: 401, test: 368 },
    masks: { en: maskEnglish, de: maskGerman },
  },
  {
    name: 'emoji-names-en-de',
    counts: { train: 3185, valid: 350, test: 349 },
    masks: { en: maskEmoji, de: maskEmoji },
  },
];

const text = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

const lines = (corpus: string, part: Part, side: Side): string[] => {
  const content = text(`${corpus}/${part}.${side}`);
  expect(content.endsWith('\n')).toBe(true);
  return content.slice(0, -1).split('\n');
};

/** In how many sentences each word occurs. */
const sentenceCounts = (corpus: string, side: Side): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const line of parts.flatMap((part) => lines(corpus, part, side))) {
    for (const word of new Set(words(line))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
};

describe.each(corpora)('$name', ({ name, counts, masks }) => {
  it.each(parts)('%s has the documented number of lines on both sides', (part) => {
    expect(lines(name, part, 'en')).toHaveLength(counts[part]);
    expect(lines(name, part, 'de')).toHaveLength(counts[part]);
  });

  it('is documented with these counts', () => {
    const row = parts.map((part) => counts[part].toLocaleString('en-US')).join(' / ');
    expect(text('README.md')).toContain(row);
  });

  it('holds clean lines: NFC, single spaces, never empty', () => {
    for (const part of parts) {
      for (const side of sides) {
        for (const line of lines(name, part, side)) {
          expect(line).toMatch(/^\S+(?: \S+)*$/u);
          expect(line).toBe(line.normalize('NFC'));
        }
      }
    }
  });

  it('has one translation a source sentence', () => {
    const sources = parts.flatMap((part) => lines(name, part, 'en'));
    expect(new Set(sources).size).toBe(sources.length);
  });

  it.each(sides)('has no masked twin across the split (%s)', (side) => {
    const owner = new Map<string, Part>();
    for (const part of parts) {
      for (const line of lines(name, part, side)) {
        const mask = masks[side](line);
        expect(owner.get(mask) ?? part, `"${line}" stands in ${part} with a twin`).toBe(part);
        owner.set(mask, part);
      }
    }
  });

  it('carries its notice and licence', () => {
    expect(text(`${name}/NOTICE`)).toMatch(/Copyright/u);
  });
});

describe('libreoffice-help-en-de', () => {
  const name = 'libreoffice-help-en-de';

  it('has sources of 3 to 14 words', () => {
    for (const part of parts) {
      for (const line of lines(name, part, 'en')) {
        const count = line.split(' ').length;
        expect(count).toBeGreaterThanOrEqual(3);
        expect(count).toBeLessThanOrEqual(14);
      }
    }
  });

  it('has every source word in at least 4 sentences and every target word in at least 2', () => {
    expect(Math.min(...sentenceCounts(name, 'en').values())).toBeGreaterThanOrEqual(4);
    expect(Math.min(...sentenceCounts(name, 'de').values())).toBeGreaterThanOrEqual(2);
  });
});

describe('emoji-names-en-de', () => {
  it('holds out only names whose every English word trains', () => {
    const name = 'emoji-names-en-de';
    const known = new Set(lines(name, 'train', 'en').flatMap(words));
    const unknown = [...lines(name, 'valid', 'en'), ...lines(name, 'test', 'en')]
      .flatMap(words)
      .filter((word) => !known.has(word));
    expect(unknown).toEqual([]);
  });
});

describe('masks', () => {
  it('see through numbers, quoted strings and names', () => {
    expect(maskEnglish('Choose Format - Rows.')).toBe(maskEnglish('Choose Table - Insert Columns.'));
    expect(maskEnglish('Enter "abc" in 3.5 cells')).toBe(maskEnglish('Enter "x y" in 12 cells'));
    expect(maskEnglish('Opens the dialog.')).not.toBe(maskEnglish('Closes the dialog.'));
    expect(maskGerman('Die Zeile 12')).toBe(maskGerman('Die Zeile 7'));
    expect(maskGerman('Die Zeile')).not.toBe(maskGerman('Die Spalte'));
    expect(maskEmoji('man: medium-light skin tone')).toBe(maskEmoji('man: dark skin tone'));
    expect(maskEmoji('Mann: mittelhelle Hautfarbe')).toBe(maskEmoji('Mann: mittlere Hautfarbe'));
    expect(maskEmoji('dark moon')).not.toBe(maskEmoji('moon'));
  });
});
