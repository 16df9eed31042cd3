import { expect, it } from 'vitest';
import { messageLines, readCatalogue } from './catalogue';
import { compiled } from './fixtures';

const messages = [
  ['', 'Content-Type: text/plain; charset=UTF-8\n'],
  ['_File', '_Datei'],
  ['menu\u0004Über', 'About'],
  ['%d file\0%d files', '%d Datei\0%d Dateien'],
  ['not translated', ''],
] as const;

it.each([true, false])('reads the messages of a catalogue (little-endian: %s)', (little) => {
  expect(readCatalogue(compiled(messages, little), 'a.mo')).toEqual([
    { source: '_File', target: '_Datei' },
    { source: 'Über', target: 'About' },
    { source: '%d file', target: '%d Datei' },
  ]);
});

it('refuses what is no catalogue, or is cut short, naming the file', () => {
  expect(() => readCatalogue(new Uint8Array(4), 'a.mo')).toThrow(
    'a.mo: no catalogue, it has fewer than 28 bytes',
  );
  expect(() => readCatalogue(new Uint8Array(40), 'a.mo')).toThrow('a.mo: no catalogue, it begins otherwise');
  const whole = compiled(messages);
  for (const length of [whole.length - 20, 40]) {
    expect(() => readCatalogue(whole.subarray(0, length), 'a.mo')).toThrow('a.mo: cut short');
  }
});

it('gives lines without marks, of messages with the same lines and placeholders', () => {
  expect(
    messageLines([
      { source: '_File', target: '&Datei' },
      { source: 'a_name', target: 'ein_name' },
      { source: '|A|Unlock %s', target: '|A|%s entsperren' },
      { source: 'One line.\nAnother.', target: 'Eine Zeile.\nNoch eine.' },
      { source: 'Two\nlines', target: 'Eine Zeile' },
      { source: '%s of %d', target: '%s' },
    ]),
  ).toEqual([
    { source: 'File', target: 'Datei' },
    { source: 'a_name', target: 'ein_name' },
    { source: 'Unlock %s', target: '%s entsperren' },
    { source: 'One line.', target: 'Eine Zeile.' },
    { source: 'Another.', target: 'Noch eine.' },
  ]);
});
