import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../scripts/packages.mjs';
import { RAW } from '../scripts/repository.mjs';
import { readmes } from '../testing/repository';
import { FOLDER, pictures } from './pictures';

test.each(pictures.map(({ file, draw }) => [file, draw] as const))(
  '%s is what its data draw: npm run pictures -w apps/docs',
  async (file, draw) => {
    expect(readFileSync(new URL(file, FOLDER), 'utf8') === (await draw())).toBe(true);
  },
);

test('no picture is left over', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(pictures.map(({ file }) => file).sort());
});

describe('READMEs', () => {
  const shown = readmes().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/(?:srcset|src)="([^"]+\.svg)"/g)].map(([, address = '']) => ({
      page,
      address,
    }));
  });
  const place = 'apps/docs/public/pictures/';

  test('show every picture, in both colours', () => {
    const files = shown.map(({ address }) => address.split(place)[1]);
    expect([...new Set(files)].sort()).toEqual(pictures.map(({ file }) => file).sort());
  });

  test('of packages name them by whole addresses, which npm needs, the root by relative ones', () => {
    for (const { page, address } of shown) {
      expect(
        address.startsWith(page === 'README.md' ? place : `${RAW}/${place}`),
        `${page}: ${address}`,
      ).toBe(true);
    }
  });

  test('say the sizes that the first picture was measured at', () => {
    const file = join(ROOT, 'apps/docs/pictures/data/outputChange.json');
    const { provenance } = JSON.parse(readFileSync(file, 'utf8'));
    const option = (name: string): number =>
      Number(provenance.arguments[provenance.arguments.indexOf(`--${name}`) + 1]);
    const [, caption = ''] =
      /#region picture -->([\s\S]*)<!-- #endregion picture/.exec(
        readFileSync(join(ROOT, 'README.md'), 'utf8'),
      ) ?? [];
    const tokens = option('sentences') * option('length');
    for (const size of [
      `width ${option('width')}`,
      `${option('seeds')} networks`,
      `${tokens.toLocaleString('en')} tokens`,
    ]) {
      expect(caption.replace(/\s+/g, ' ')).toContain(size);
    }
  });
});
