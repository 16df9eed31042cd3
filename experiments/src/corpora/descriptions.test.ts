import { expect, it } from 'vitest';
import { describedPairs, readDescriptions } from './descriptions';

const english = `Package: tool
Description-md5: 0123
Description-en: small tool
 It does one thing. It does it well.
 Nothing else is done.
 .
 Features:
  * fast
  * small

Package: other
Description-md5: 4567
Description-en: another tool
 One paragraph.
`;

const german = `Package: tool
Description-md5: 0123
Description-de: kleines Werkzeug
 Es tut eine Sache. Es tut sie gut. Sonst
 wird nichts getan.
 .
 Merkmale:
  * schnell
  * klein

Package: other
Description-md5: 4567
Description-de: ein anderes Werkzeug
 Ein Absatz.
 .
 Noch einer, den das Englische nicht hat.

Package: third
Description-md5: 89ab
Description-de: nur auf Deutsch
`;

it('reads the short description and the paragraphs of a list, items of their own', () => {
  const [tool] = readDescriptions(english, 'en');
  expect(tool).toEqual({
    package: 'tool',
    md5: '0123',
    paragraphs: [
      'small tool',
      'It does one thing. It does it well. Nothing else is done.',
      'Features:',
      'fast',
      'small',
    ],
  });
});

it('pairs sentences of the same description where paragraphs are equally many', () => {
  const pairs = describedPairs(readDescriptions(english, 'en'), readDescriptions(german, 'de'));
  expect(pairs).toEqual(
    [
      ['small tool', 'kleines Werkzeug'],
      ['It does one thing.', 'Es tut eine Sache.'],
      ['It does it well.', 'Es tut sie gut.'],
      ['Nothing else is done.', 'Sonst wird nichts getan.'],
      ['Features:', 'Merkmale:'],
      ['fast', 'schnell'],
      ['small', 'klein'],
    ].map(([source, target]) => ({ group: 'tool', source, target })),
  );
});
