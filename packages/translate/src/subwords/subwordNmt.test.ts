import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSubwordNmt, segmentLine, writeSubwordNmt } from './subwordNmt';
import { trainBpe } from './trainBpe';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const corpus = (name: string, count: number): string[] =>
  read(`../../../../corpora/libreoffice-help-en-de/${name}`).split('\n').slice(0, count);

const codes = read('fixtures/subword-nmt.codes');
const unusual = read('fixtures/unusual.txt').split('\n').slice(0, -1);

describe('subword-nmt', () => {
  it('learns the same codes as subword-nmt, byte for byte', () => {
    const train = [...corpus('train.en', 1500), ...corpus('train.de', 1500), ...unusual];
    const bpe = trainBpe(train, { merges: 1500, preTokenizer: 'whitespace' });
    expect(writeSubwordNmt(bpe)).toBe(codes);
  });

  it('segments as subword-nmt does, byte for byte', () => {
    const bpe = readSubwordNmt(codes);
    const test = [...corpus('test.en', 150), ...corpus('test.de', 150), ...unusual];
    expect(test.map((line) => `${segmentLine(bpe, line)}\n`).join('')).toBe(
      read('fixtures/subword-nmt.segmented'),
    );
  });

  it.each([
    // By process_line of subword-nmt 0.3.8, which apply-bpe calls.
    ['  the cell  ', '  the cell  '],
    [' x', ' x'],
    ['   ', '   '],
    ['', ''],
    ['\r\nab  ab \r\n', '\r\nab ab \r\n'],
    ['\tab\t', '\t@@ a@@ b@@ \t'],
  ])('keeps the spaces around a line: %j', (line, segmented) => {
    const bpe = readSubwordNmt('#version: 0.2\na b</w>\nt h\nth e</w>\nc e\nl l</w>\nce ll</w>\n');
    expect(segmentLine(bpe, line)).toBe(segmented);
  });

  it('reads codes with a byte-order mark, and with Windows line ends', () => {
    const plain = readSubwordNmt('#version: 0.2\na b</w>\n').toJSON();
    expect(readSubwordNmt('\ufeff#version: 0.2\na b</w>\n').toJSON()).toEqual(plain);
    expect(readSubwordNmt('#version: 0.2\r\na b</w>\r\n').toJSON()).toEqual(plain);
  });

  it('has no separator for a vocabulary without marks of word ends, and says so', () => {
    const bpe = trainBpe(['the cell', 'the cells'], { merges: 4 });
    expect(() => segmentLine(bpe, 'the cell')).toThrow(/marks no word ends.*preTokenizer: 'whitespace'/);
    const marked = trainBpe(['the cell', 'the cells'], { merges: 4, endOfWord: '</w>' });
    expect(segmentLine(marked, 'x')).toBe('\u2581@@ x');
  });

  it('takes lines of 200,000 spaces in linear time', () => {
    const bpe = readSubwordNmt('#version: 0.2\na b</w>\n');
    const spaces = ' '.repeat(200_000);
    const started = performance.now();
    expect(segmentLine(bpe, `ab${spaces}ab`)).toBe('ab ab');
    expect(segmentLine(bpe, `${spaces}ab${spaces}\n`)).toBe(`${spaces}ab${spaces}\n`);
    expect(bpe.segment(`ab${spaces}\nab`)).toHaveLength(3);
    expect(readSubwordNmt(`#version: 0.2\n${spaces}a b</w>${spaces}\n`).model.merges).toEqual([
      ['a', 'b</w>'],
    ]);
    expect(() => readSubwordNmt(`#version: 0.2\n${'\n'.repeat(200_000)}x`)).toThrow('codes:2');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('writes what it read', () => {
    expect(writeSubwordNmt(readSubwordNmt(codes))).toBe(codes);
  });

  it('knows the characters of given lines, and reports the others', () => {
    const bare = readSubwordNmt('#version: 0.2\na b</w>\n');
    expect(bare.unknownCharacters('ab xb bx')).toEqual(['x', 'b']);
    const bpe = readSubwordNmt('#version: 0.2\na b</w>\n', { lines: ['abx'] });
    expect(bpe.unknownCharacters('ab xb')).toEqual([]);
    expect(bpe.decode(bpe.encode('ab  xb bbx'))).toBe('ab xb bbx');
    expect(bare.decode(bare.encode('ab x ab'))).toBe('ab <unk> ab');
  });

  it('names the line of what it cannot read', () => {
    expect(() => readSubwordNmt('a b\n', { name: 'x.codes' })).toThrow("x.codes:1: received 'a b'");
    expect(() => readSubwordNmt('#version: 0.2\na b\nc\n')).toThrow(
      "codes:3: received 'c', allowed two symbols",
    );
  });

  it('refuses to write a vocabulary without the end-of-word mark', () => {
    expect(() => writeSubwordNmt(trainBpe(['a a']))).toThrow("Train with endOfWord: '</w>'");
  });
});
