import { writeFile } from 'node:fs/promises';
import type { Translation } from '@steadyformer/translate';
import { describe, expect, it } from 'vitest';
import { fed } from '../../testing/command';
import { bytes, CPU, LINES, modelFolder } from '../../testing/lines';

const { at, oneByOne, withTranslator } = modelFolder('translate-lines');

describe('lines of text', () => {
  it('writes alignments in the Pharaoh format after the text, beside scores and n-best lists', async () => {
    const options = { maxLength: () => 6 };
    const input = [bytes(LINES.join('\n'))];
    const args = ['translate', at('model'), '--alignments', '--max-length', '6', ...CPU];
    const best = await oneByOne({ ...options, alignments: true });
    const row = ({ text, alignment }: Translation): string =>
      `${text}\t${(alignment?.words ?? []).map(([source, target]) => `${source}-${target}`).join(' ')}`;
    const { code, out } = await fed(input, ...args);
    expect([code, out]).toEqual([0, best.map((each) => `${row(each)}\n`).join('')]);
    expect(out).toMatch(/\t[0-4]-0$/m);
    const scores = (await fed(input, ...args, '--scores')).out.trimEnd().split('\n');
    expect(scores.map((line) => line.split('\t').slice(1).join('\t'))).toEqual(best.map(row));
    const all = await oneByOne({ ...options, alignments: 'all' });
    const lists = (await fed(input, ...args, '--n-best', '3')).out.trimEnd().split('\n');
    const expected = all.flatMap(({ hypotheses }, i) =>
      hypotheses.slice(0, 3).map((each) => [`${i + 1}`, row({ ...each, hypotheses: [] })]),
    );
    const columns = lists.map((line) => line.split('\t'));
    expect(columns.map(([line, , ...rest]) => [line, rest.join('\t')])).toEqual(expected);
  });

  it('has in each line what its columns say, and in none what a file forbids', async () => {
    const lines = ['small words\ttest\tof a', 'a test', '', 'of small\t\twords words\t'];
    await writeFile(at('forbidden.txt'), 'small\n\n a test \n');
    const args = ['translate', at('model'), '--constraints', '--max-length', '14', '--beam', '6', ...CPU];
    const found = await fed([bytes(lines.join('\n'))], ...args);
    expect(found.code).toBe(0);
    const [first = '', second, blank, last] = found.out.split('\n');
    expect(/(^|\W)test(\W|$)/.test(first) && /(^|\W)of a(\W|$)/.test(first)).toBe(true);
    expect(last).toMatch(/(^|\W)words words(\W|$)/);
    const plain = await fed([bytes('a test\n')], 'translate', at('model'), ...args.slice(3));
    expect([`${second}\n`, blank]).toEqual([plain.out, '']);
    const without = await fed(
      [bytes(lines.join('\n'))],
      ...[...args, '--forbidden', at('forbidden.txt'), '--n-best', '6'],
    );
    expect(without.code).toBe(0);
    for (const line of without.out.trimEnd().split('\n'))
      expect(line.split('\t').slice(2).join(' ')).not.toMatch(/(^|\W)(small|a test)(\W|$)/);
  });

  it('splits lines into sentences where it is told to, and keeps what stands between them', async () => {
    const lines = ['  A test.  Of small  words! a\t', '', 'small', '   '];
    const { code, out } = await fed(
      [bytes(lines.join('\n'))],
      ...['translate', at('model'), '--split-sentences', '--language', 'de', ...CPU],
    );
    const said = await withTranslator((each) =>
      each.translate(['A test.', 'Of small  words!', 'a', 'small']),
    );
    const [one, two, three, four] = said.map(({ text }) => text);
    expect([code, out]).toEqual([0, `  ${one}  ${two} ${three}\t\n\n${four}\n   \n`]);
    // A line that is too long as a whole is not cut: it is an error, or its sentences are translated.
    const long = `${'A test. '.repeat(400)}\n`;
    const whole = await fed([bytes(long)], 'translate', at('model'), '--beam', '1', ...CPU);
    expect([whole.code, whole.out]).toEqual([2, '']);
    expect(whole.error).toMatch(/tokens of line 1 .*received \d+, allowed up to 1024.*--split-sentences/);
    const parts = await fed(
      [bytes(long)],
      ...['translate', at('model'), '--beam', '1', '--max-length', '3', '--split-sentences', ...CPU],
    );
    expect([parts.code, parts.out.split('\n').length]).toEqual([0, 2]);
    expect(parts.out.length).toBeGreaterThan(400);
  });
});
