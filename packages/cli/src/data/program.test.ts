import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readProfile } from '@steadyformer/admin-init/node';
import { Bpe, readSubwordNmt, trainBpe } from '@steadyformer/translate';
import { readVocabulary } from '@steadyformer/translate/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { fed, freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('data');
const at = (name: string): string => join(folder(), name);
const read = (name: string): Promise<string> => readFile(at(name), 'utf8');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const LINES = ['the cell and the cells', 'a small cell', 'the sea and the shells', 'Äpfel und die  Zellen'];
const lines = (count: number, salt: number): string[] =>
  Array.from(
    { length: count },
    (_, i) =>
      `${LINES[(i + salt) % 4]} ${LINES[(i * 7 + salt) % 4]} ${'abcdefgh'[i % 8]}${'stuvwxyz'[i >> 3]}`,
  );

let config: Record<string, unknown> = {};
beforeEach(async () => {
  await writeFile(at('a.txt'), `${LINES.join('\n')}\n`);
  await writeFile(at('b.txt.gz'), gzipSync(`${LINES.slice(0, 2).join('\n')}\n`));
  await writeFile(at('s.txt'), `${lines(60, 0).join('\n')}\n`);
  await writeFile(at('t.txt'), `${lines(60, 1).join('\n')}\n`);
  config = {
    backend: 'cpu',
    output: at('run'),
    data: { train: { source: at('s.txt'), target: at('t.txt') }, holdOut: { valid: 6 } },
    vocabulary: { merges: 20 },
    batches: { maxTokens: 128 },
    model: { width: 8, heads: 2, depth: 1 },
  };
  await writeFile(at('config.json'), JSON.stringify(config));
});

/** What bad input says: one line, exit code 2, no file more than before. */
const refused = async (...args: string[]): Promise<string> => {
  const before = (await readdir(folder(), { recursive: true })).sort();
  const { code, out, error } = await steadyformer(...args);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(/^error: [^\n]*\n$/);
  expect((await readdir(folder(), { recursive: true })).sort()).toEqual(before);
  return error;
};

describe('steadyformer bpe learn', () => {
  it('writes what trainBpe learns from all files, for vocabulary.file', async () => {
    const { code, out } = await steadyformer(
      'bpe',
      'learn',
      at('a.txt'),
      at('b.txt.gz'),
      '-o',
      at('new/v.json'),
      '--merges',
      '12',
    );
    const expected = trainBpe([...LINES, ...LINES.slice(0, 2)], { merges: 12 });
    expect([code, out]).toEqual([
      0,
      `vocabulary  ${expected.size} tokens, 12 merges\nwrote       ${at('new/v.json')}\n`,
    ]);
    expect(await read('new/v.json')).toBe(`${JSON.stringify(expected)}\n`);
    expect(((await readVocabulary(at('new/v.json'))) as Bpe).tokens).toEqual(expected.tokens);
  });

  it('writes the forms of subword-nmt and of Hugging Face', async () => {
    const { out } = await steadyformer(
      ...['bpe', 'learn', '-o', at('v.json'), '--words', '--merges', '6', '--json'],
      ...['--subword-nmt', at('codes'), '--hugging-face', at('tokenizer.json'), '--', at('a.txt')],
    );
    const files = ['v.json', 'codes', 'tokenizer.json'].map(at);
    const bpe = Bpe.fromJSON(JSON.parse(await read('v.json')));
    expect(JSON.parse(out)).toEqual({ tokens: bpe.size, merges: 6, files });
    expect(await read('codes')).toMatch(/^#version: 0\.2\n(\S+ \S+\n){6}$/);
    expect(readSubwordNmt(await read('codes')).model.merges).toEqual(bpe.model.merges);
    const tokenizer = JSON.parse(await read('tokenizer.json'));
    expect(tokenizer.model.vocab[bpe.tokens.at(-1)!]).toBe(bpe.size - 1);
  });

  it('refuses what it cannot read or write, and writes nothing', async () => {
    const say = (...args: string[]): Promise<string> => refused('bpe', 'learn', ...args);
    expect(await say(at('none.txt'), '-o', at('v.json'))).toContain('none.txt: no such file');
    expect(await say(at('a.txt'), '-o', at('s.txt'))).toMatch(/is there already; .*--force/);
    expect(await say(at('a.txt'), '-o', at('a.txt/v.json'))).toContain('its folder is a file');
    expect(await say(at('a.txt'), '-o', at('v.json'), '--subword-nmt', at('codes'))).toContain(
      'with --words',
    );
    expect(await say(at('a.txt'), '-o', at('v.json'), '--hugging-face', at('v.json'))).toContain(
      'cannot be one file',
    );
    expect(await say(at('a.txt'), '-o', at('v.json'), '--merges', '1.5')).toContain('allowed: ');
    expect(await say(at('a.txt'), '-o', at('v.json'), '--merges', '')).toContain('allowed: ');
    await writeFile(at('empty.txt'), '\n \n');
    expect(await say(at('empty.txt'), '-o', at('v.json'))).toContain('the lines hold no text');
    await writeFile(at('bad.txt'), Uint8Array.of(0x61, 0x0a, 0xc3, 0x28, 0x0a));
    expect(await say(at('bad.txt'), '-o', at('v.json'))).toContain('bad.txt:2: not valid UTF-8');
    expect(await say('-o', at('v.json'))).toContain("missing required argument 'files'");
    await steadyformer('bpe', 'learn', at('a.txt'), '-o', at('s.txt'), '--force');
    expect(await read('s.txt')).toMatch(/^\{"format":"steadyformer-bpe"/);
  });
});

describe('steadyformer bpe apply', () => {
  beforeEach(async () => {
    await steadyformer('bpe', 'learn', at('a.txt'), '-o', at('raw.json'), '--merges', '12');
    await steadyformer(
      ...[
        'bpe',
        'learn',
        at('a.txt'),
        '-o',
        at('words.json'),
        '--words',
        '--merges',
        '6',
        '--subword-nmt',
        at('codes'),
      ],
    );
  });

  it('cuts files and standard input, a line a line, however they come in pieces', async () => {
    const bpe = trainBpe(LINES, { merges: 12 });
    const text = ['the  shells', '', 'Zellen und Äpfel', 'a'];
    const expected = text.map((line) => `${bpe.segment(bpe.normalise(line)).join(' ')}\n`).join('');
    const input = bytes(text.join('\n'));
    for (const size of [1, 3, 100]) {
      const pieces = Array.from({ length: Math.ceil(input.length / size) }, (_, i) =>
        input.subarray(i * size, (i + 1) * size),
      );
      expect(await fed(pieces, 'bpe', 'apply', '-v', at('raw.json'))).toEqual({
        code: 0,
        out: expected,
        error: '',
      });
    }
    const both = await fed(
      [input],
      'bpe',
      'apply',
      '-v',
      at('raw.json'),
      '-',
      at('b.txt.gz'),
      '-o',
      at('out/cut.txt'),
    );
    expect(both).toEqual({ code: 0, out: '', error: '' });
    const more = LINES.slice(0, 2).map((line) => `${bpe.segment(line).join(' ')}\n`);
    expect(await read('out/cut.txt')).toBe(expected + more.join(''));
    const ids = await fed([input], 'bpe', 'apply', '-v', at('raw.json'), '--ids');
    expect(ids.out).toBe(text.map((line) => `${bpe.encode(bpe.normalise(line)).join(' ')}\n`).join(''));
  });

  it("marks as subword-nmt does, with our vocabulary and with subword-nmt's codes", async () => {
    const input = bytes('the small  sea\n\nx the\n');
    const args = ['bpe', 'apply', '--separator', '@@', '-v'];
    const ours = await fed([input], ...args, at('words.json'));
    const codes = await fed([input], ...args, at('codes'));
    expect(ours.out).toBe(codes.out);
    expect(ours.out.replaceAll('@@ ', '')).toBe('the small sea\n\nx the\n');
    expect(ours.out).toMatch(/^the s@@ /);
    const own = await fed([input], 'bpe', 'apply', '--separator', '~', '-v', at('codes'));
    expect(own.out).toBe(ours.out.replaceAll('@@', '~'));
  });

  it('takes the side of a vocabulary a side', async () => {
    const sides = {
      source: JSON.parse(await read('raw.json')),
      target: JSON.parse(await read('words.json')),
    };
    await writeFile(at('both.json'), JSON.stringify(sides));
    const cut = async (...args: string[]): Promise<string> =>
      (await fed([bytes('the sea')], 'bpe', 'apply', ...args)).out;
    expect(await cut('-v', at('both.json'), '--side', 'target')).toBe(await cut('-v', at('words.json')));
    expect(await cut('-v', at('both.json'), '--side', 'source')).toBe(await cut('-v', at('raw.json')));
    expect(await refused('bpe', 'apply', '-v', at('both.json'), at('a.txt'))).toContain(
      'say which with --side',
    );
    expect(await refused('bpe', 'apply', '-v', at('raw.json'), '--side', 'source')).toContain(
      'leave --side out',
    );
  });

  it('waits until what is printed is taken, and ends where nobody reads it', async () => {
    const { main } = await import('../main/main');
    const line = bytes(`${'the sea '.repeat(10_000)}\n`);
    let [given, printed, waited, closed] = [0, 0, 0, false];
    async function* input(): AsyncGenerator<Uint8Array> {
      for (; given < 1000; given++) yield line;
    }
    const code = await main(['bpe', 'apply', '-v', at('raw.json')], {
      input: input(),
      out: () => {
        printed++;
        if (printed === 3) closed = true;
      },
      error: () => {},
      drained: async () => {
        waited++;
      },
      closed: () => closed,
    });
    expect([code, printed, waited]).toEqual([0, 3, 3]);
    expect(given).toBeLessThan(10);
  });

  it('refuses what it cannot use', async () => {
    const say = (...args: string[]): Promise<string> => refused('bpe', 'apply', ...args);
    expect(await say(at('a.txt'), '-v', at('raw.json'), '--separator', '@@')).toContain(
      'learn one with --words',
    );
    expect(await say(at('a.txt'), '-v', at('words.json'), '--separator', '@@', '--ids')).toContain(
      'leave one of them out',
    );
    expect(await say(at('a.txt'), '-v', at('a.txt'))).toContain("a.txt' is no vocabulary");
    expect(await say(at('a.txt'), '-v', at('none'))).toContain('there is no such file');
    expect(await say(at('none'), '-v', at('raw.json'), '-o', at('cut.txt'))).toContain('none: no such file');
    expect(await say(at('a.txt'), '-v', at('raw.json'), '-o', at('s.txt'))).toContain('--force');
    await writeFile(at('codes.bad'), '#version: 0.2\na b c\n');
    expect(await say(at('a.txt'), '-v', at('codes.bad'))).toContain('codes.bad:2');
    expect((await steadyformer('bpe', 'lern')).error).toContain('Did you mean learn?');
  });
});

describe('steadyformer prepare', () => {
  it('writes the parts, and a config to train on them', async () => {
    const { code, out } = await steadyformer(
      'prepare',
      at('config.json'),
      '-o',
      at('out'),
      '--shards',
      '--set',
      'data.holdOut.test=3',
    );
    expect(code).toBe(0);
    const report = JSON.parse(await read('out/report.json'));
    expect(report.counts).toEqual({ train: 51, valid: 6, test: 3 });
    expect(out).toContain('pairs       51 to train on, 6 to validate on, 3 to test on\n');
    expect(out).toContain(`Next: steadyformer train ${at('out')}/config.json\n`);
    const again = await steadyformer('prepare', at('config.json'), '-o', at('out'), '--force', '--json');
    expect(JSON.parse(again.out).counts).toEqual({ train: 54, valid: 6, test: 0 });
    const prepared = await steadyformer('prepare', at('out/config.json'), '-o', at('twice'), '--json');
    expect(JSON.parse(prepared.out).counts).toEqual({ train: 54, valid: 6, test: 0 });
    expect(await read('twice/train.source.txt')).toBe(await read('out/train.source.txt'));
    expect(await read('twice/vocabulary.json')).toBe(await read('out/vocabulary.json'));
  });

  it('refuses bad configs, text and folders, and leaves nothing behind', async () => {
    const say = (...args: string[]): Promise<string> => refused('prepare', at('config.json'), ...args);
    expect(await say('-o', at('out'), '--set', 'data.holdOt.valid=3')).toContain('holdOut');
    expect(await say('-o', at('out'), '--set', `data.train.target=${at('a.txt')}`)).toMatch(/a\.txt|s\.txt/);
    expect(await say('-o', at('a.txt'))).toContain('it is a file');
    expect(await say('-o', folder())).toContain('holds other things');
    expect(await say('-o', folder(), '--force')).toContain('holds other things');
    expect(await refused('prepare', at('none.yaml'), '-o', at('out'))).toContain('none.yaml');
  });
});

describe('steadyformer profile', () => {
  it('prints the omegas and writes them', async () => {
    const { code, out } = await steadyformer(
      'profile',
      at('config.json'),
      '-o',
      at('profile.json'),
      '--set',
      'profile.dropout=false',
    );
    const profile = await readProfile(at('profile.json'));
    expect([code, profile.dropout]).toEqual([0, false]);
    const { omega, inputVariance } = profile.stacks.encoder![1]!;
    expect(out).toMatch(
      new RegExp(
        `^encoder\\.layers\\.0\\.feedForward +${Number(inputVariance.toPrecision(4))} +\\S+ +${Number(omega.toPrecision(4))}$`,
        'm',
      ),
    );
    const json = await steadyformer('profile', at('config.json'), '-o', at('more.json'), '--json');
    expect(JSON.parse(json.out)).toEqual(JSON.parse(await read('more.json')));
  });

  it('refuses models without omegas, and files that are there', async () => {
    const set = ['--set', 'model.method=preLN'];
    expect(await refused('profile', at('config.json'), '-o', at('p.json'), ...set)).toContain(
      "model.method 'admin'",
    );
    expect(await refused('profile', at('config.json'), '-o', at('a.txt'))).toContain('--force');
  });
});
