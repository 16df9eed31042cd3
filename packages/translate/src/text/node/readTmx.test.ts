import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Skipped } from '../blankOptions';
import type { NamedText } from '../namedText';
import type { SentencePair } from '../sentencePair';
import { readTmx, type TmxInput } from './readTmx';

type Options = Partial<Omit<TmxInput, 'text'>>;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const utf16 = (text: string, bigEndian = false): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le');
  return new Uint8Array(bigEndian ? bytes.swap16() : bytes);
};

const collect = async (content: NamedText['content'], options: Options = {}): Promise<SentencePair[]> => {
  const pairs: SentencePair[] = [];
  for await (const pair of readTmx({ format: 'tmx', text: { name: 'm.tmx', content }, ...options }))
    pairs.push(pair);
  return pairs;
};

/** What was read, and the error that reading ended with. */
const outcome = async (content: NamedText['content'], options: Options = {}): Promise<unknown[]> => {
  const seen: unknown[] = [];
  try {
    for await (const pair of readTmx({ format: 'tmx', text: { name: 'm.tmx', content }, ...options }))
      seen.push(pair);
  } catch (error) {
    seen.push(error instanceof Error ? error.message : error);
  }
  return seen;
};

const tuv = (language: string, seg: string): string => `<tuv xml:lang="${language}"><seg>${seg}</seg></tuv>`;
const tu = (...variants: string[]): string => `<tu>${variants.join('')}</tu>`;
const tmx = (...units: string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n<header srclang="en"/>\n<body>\n${units.join('\n')}\n</body></tmx>`;
const one = (seg: string): string => tmx(tu(tuv('en', seg), tuv('de', 'x')));

const small = `\ufeff${tmx(
  '<!-- ä --><tu tuid="1"><note>not this</note><prop type="x">nor this</prop>',
  '  <tuv xml:lang="EN-US"><prop type="y">nor that</prop><seg>Fish &amp; chips &#x1F41F;</seg></tuv>',
  `  ${tuv('de', 'Fisch <bpt i="1">&lt;b></bpt>und<ept i="1">&lt;/b></ept> <hi type="x">Übermut 🐟</hi>')}</tu>\r`,
  tu(tuv('en-us', '<![CDATA[a < b]]>'), tuv('DE', '语')),
)}`;
const smallPairs = [
  { source: 'Fish & chips 🐟', target: 'Fisch und Übermut 🐟' },
  { source: 'a < b', target: '语' },
];

describe('chunks', () => {
  it.each([
    ['UTF-8', utf8(small)],
    ['UTF-16LE', utf16(small)],
    ['UTF-16BE', utf16(small, true)],
    ['UTF-16LE without a mark', utf16(small.slice(1))],
    ['UTF-16BE without a mark', utf16(small.slice(1), true)],
  ])('may be cut at every byte (%s)', async (_, bytes) => {
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await collect([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(smallPairs);
    expect(await collect(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(smallPairs);
  });

  it('may be text', async () => {
    expect(await collect(small)).toEqual(smallPairs);
    expect(await collect([small.slice(0, 99), small.slice(99)])).toEqual(smallPairs);
  });

  it('change neither what is read before an error nor its line', async () => {
    const good = tu(tuv('en', 'a'), tuv('de', 'b'));
    const broken = tmx(good, good, '<tu><tuv xml:lang="en"><seg>c</tuv>', good);
    const latin = Buffer.from(tmx(good, 'ü\xe9'), 'latin1');
    const bare = tmx(
      good,
      '<!-- & --><?x & ?>',
      '<tu><tuv xml:lang="en"><seg><![CDATA[&]]> & c</seg></tuv></tu>',
      ';',
    );
    for (const [bytes, message] of [
      [utf8(broken), 'm.tmx:7: not well-formed XML (unexpected close tag)'],
      [utf8(bare), 'm.tmx:7: not well-formed XML (a bare &)'],
      [new Uint8Array(latin), 'm.tmx:6: not valid UTF-8.'],
    ] as const) {
      expect(String((await outcome([bytes])).at(-1))).toContain(message);
      for (let size = 1; size < 9; size++) {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(String((await outcome(chunks)).at(-1))).toContain(message);
      }
    }
    expect((await outcome(broken)).slice(0, 2)).toEqual([
      { source: 'a', target: 'b' },
      { source: 'a', target: 'b' },
    ]);
  });
});

describe('a segment', () => {
  it.each([
    ['a &lt;b&gt; &quot;&apos;&#228;&#xe4;', 'a <b> "\'ää'],
    ['a<ph x="1">{0}</ph> b<it pos="begin">[i]</it><ut>u</ut>', 'a b'],
    ['a <bpt i="1">code <sub>text in it</sub> code</bpt>b<ept i="1">c</ept>', 'a b'],
    ['a <hi>b <hi>c <ph>x</ph>d</hi></hi>', 'a b c d'],
    ['\n   a\r\n      b\n\n\tc  d\n  ', 'a b c  d'],
    ['a&#10;b&#x2028;c', 'a b c'],
    [' kept ', ' kept '],
    ['a<!-- no --><?no no?>b', 'ab'],
  ])('%j is read as %j', async (seg, text) => {
    expect(await collect(one(seg))).toEqual([{ source: text, target: 'x' }]);
  });
});

describe('languages', () => {
  const three = tu(tuv('fr', 'f'), tuv('en-GB', 'g'), tuv('en', 'e'), tuv('de_DE', 'd'));

  it.each([
    [undefined, 'f', 'g'],
    [['EN', 'de'], 'e', 'd'],
    [['de-de', 'FR'], 'd', 'f'],
    [['en-gb', 'en'], 'g', 'e'],
  ] as const)('%j', async (languages, source, target) => {
    expect(await collect(tmx(three), { languages })).toEqual([{ source, target }]);
  });

  it('may be given by lang, and stand in any order', async () => {
    const old = '<tu><tuv lang="DE"><seg>d</seg></tuv><tuv lang="EN"><seg>e</seg></tuv></tu>';
    expect(await collect(tmx(tu(tuv('en', 'a'), tuv('de', 'b')), old))).toEqual([
      { source: 'a', target: 'b' },
      { source: 'e', target: 'd' },
    ]);
  });

  it('leaves one that is named exactly to its own side', async () => {
    const both = tmx(tu(tuv('en-US', 'u'), tuv('en-GB', 'g')));
    expect(await collect(both, { languages: ['en', 'en-us'] })).toEqual([{ source: 'g', target: 'u' }]);
    const single = tmx(tu(tuv('en-US', 'u')));
    expect(await outcome(single, { languages: ['en', 'en-US'] })).toEqual([
      expect.stringContaining("the unit has no 'en', its languages: 'en-US'"),
    ]);
    // 'eng' is not a kind of 'en', nor is 'en' one of 'en-US'.
    const near = tmx(tu(tuv('eng', 'u'), tuv('de', 'g')));
    expect(await outcome(near, { languages: ['en', 'de'] })).toEqual([expect.stringContaining("no 'en'")]);
  });

  it('that a unit lacks are an error, or skip it', async () => {
    const some = tmx(tu(tuv('en', 'a'), tuv('de', 'b')), tu(tuv('en', 'c'), tuv('fr', 'd')), three);
    expect(await outcome(some)).toEqual([
      { source: 'a', target: 'b' },
      "m.tmx:6: the unit has no 'de', its languages: 'en', 'fr'. " +
        "Ask for others with languages, or read with blank: 'skip'.",
    ]);
    expect(await collect(some, { blank: 'skip' })).toEqual([
      { source: 'a', target: 'b' },
      { source: 'e', target: 'd' },
    ]);
    const skipped: Skipped[] = [];
    await collect(some, { blank: 'skip', onSkip: (each) => skipped.push(each) });
    expect(skipped).toEqual([{ reason: 'noLanguage', name: 'm.tmx', line: 6 }]);
    expect(await outcome(some, { blank: 'skip', languages: ['en', 'it'] })).toEqual([
      "m.tmx: no unit has both 'en' and 'it', languages found: 'en', 'de', 'fr', 'en-GB', 'de_DE'. " +
        'Ask for two of a unit with languages.',
    ]);
  });
});

describe('bad input', () => {
  const body = (inner: string): string => tmx(inner);
  it.each([
    ['', 'm.tmx: the file is empty.'],
    [' \n', 'm.tmx: the file is empty.'],
    ['hello', 'm.tmx:1: not well-formed XML (text data outside of root node)'],
    ['<html></html>', 'm.tmx:1: the root element is <html>, <tmx> is wanted.'],
    [tmx(), 'm.tmx: has no translation unit (<tu>).'],
    [one('a').slice(0, -20), 'm.tmx:5: not well-formed XML (unclosed tag: tuv)'],
    [one('a & b'), 'm.tmx:5: not well-formed XML (a bare &). Write &amp; for it'],
    [one('a & b\n; c'), 'm.tmx:5: not well-formed XML (a bare &)'],
    [one(`a\n&${'b'.repeat(200)};`), 'm.tmx:6: not well-formed XML (a bare &)'],
    [one('a</seg><prop x="a&b"/><seg>'), 'm.tmx:5: not well-formed XML (a bare &)'],
    ['<tmx>\n&', 'm.tmx:2: not well-formed XML (a bare &)'],
    [one('&constructor;'), 'm.tmx:5: not well-formed XML (undefined entity)'],
    [one('&nbsp;'), 'm.tmx:5: not well-formed XML (undefined entity)'],
    [one('a</seg><seg>b'), 'm.tmx:5: more than one <seg> in a <tuv>.'],
    [one('a<seg>b</seg>'), 'm.tmx:5: <seg> inside a <seg>.'],
    [body(tu(tu())), 'm.tmx:5: <tu> inside a <tu>.'],
    [body('<tu><tuv><seg>a</seg></tuv></tu>'), 'm.tmx:5: <tuv> without a language. Give it xml:lang'],
    [body(`\n\n${tu(tuv('en', ' '), tuv('de', 'b'))}`), 'm.tmx:7: the source side is blank.'],
    [body(tu(tuv('en', 'a'), '<tuv xml:lang="de"/>')), 'm.tmx:5: the target side is blank.'],
    [body(tu(tuv('en', 'a'))), "m.tmx:5: the unit has no two languages, its languages: 'en'."],
    [
      one('a').replace('UTF-8', 'windows-1252'),
      "m.tmx:1: declares the encoding 'windows-1252', UTF-8 or UTF-16 is wanted. Convert the file",
    ],
  ])('%j', async (content, message) => {
    expect(String((await outcome(content)).at(-1))).toContain(message);
    expect(String((await outcome([utf8(content)])).at(-1))).toContain(message);
  });

  it('skips blank sides when asked to', async () => {
    const blank = tmx(tu(tuv('en', '<ph>x</ph>'), tuv('de', 'b')), tu(tuv('en', 'c'), tuv('de', 'd')));
    const skipped: Skipped[] = [];
    const options: Options = { blank: 'skip', onSkip: (each) => skipped.push(each) };
    expect(await collect(blank, options)).toEqual([{ source: 'c', target: 'd' }]);
    expect(skipped).toEqual([{ reason: 'blankSource', name: 'm.tmx', line: 5 }]);
    expect(await outcome(blank, { onSkip: () => {} })).toEqual([
      "readTmx(): 'onSkip' has no effect without blank: 'skip'. Leave it out.",
    ]);
  });

  it('of UTF-16 that is cut off is said so', async () => {
    const bytes = utf16(small);
    expect((await outcome([bytes.subarray(0, -1)])).at(-1)).toMatch(/^m\.tmx:\d+: not valid UTF-16\./u);
  });

  it('never quotes megabytes', async () => {
    const long = 'x'.repeat(1e6);
    for (const content of [`<${long}/>`, tmx(`<${long}>`), tmx(tu(tuv(long, 'a'))), one(`&${long};`)])
      expect(String((await outcome(content)).at(-1)).length).toBeLessThan(400);
  });

  it.each([
    [{ languages: ['en'] }, 'two different languages'],
    [{ languages: ['en', 'EN'] }, 'two different languages'],
    [{ languages: ['en', ''] }, 'two different languages'],
    [{ languages: 'en' }, 'two different languages'],
    [{ language: ['en', 'de'] }, "did you mean 'languages'"],
    [{ columns: [0, 1] }, 'columns'],
    [{ blank: 'drop' }, "'skip'"],
  ])('options %j', async (options, message) => {
    expect(await outcome(small, options as Options)).toEqual([expect.stringContaining(message)]);
  });
});

describe('a long stream', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const UNITS = 50_000;
  const words = 'word '.repeat(60);

  /** All in one line, 100 units a chunk: 40 MB. */
  async function* stream(pulled: { chunks: number }): AsyncGenerator<Uint8Array> {
    yield utf8('<tmx><body>');
    for (let start = 0; start < UNITS; start += 100) {
      const chunk: string[] = [];
      for (let i = start; i < start + 100; i++)
        chunk.push(tu(tuv('en', `${i} ${words}`), tuv('de', `${words} ${i}`)));
      pulled.chunks++;
      yield utf8(chunk.join(''));
    }
    yield utf8('</body></tmx>');
  }

  it('is read as it is asked for, with flat memory', async () => {
    const pulled = { chunks: 0 };
    const heaps: number[] = [];
    let count = 0;
    const text = { name: 'm.tmx', content: stream(pulled) };
    for await (const { source, target } of readTmx({ format: 'tmx', text })) {
      if (source !== `${count} ${words}` || target !== `${words} ${count}`) throw new Error(`unit ${count}`);
      if (count++ % 10_000 === 5_000) {
        heaps.push(heap());
        expect(pulled.chunks).toBeLessThanOrEqual(count / 100 + 2);
      }
    }
    expect(count).toBe(UNITS);
    expect(heaps).toHaveLength(5);
    expect(Math.max(...heaps) - (heaps[0] ?? 0)).toBeLessThan(3e6);
  });
});
