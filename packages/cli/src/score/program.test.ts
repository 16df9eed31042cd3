import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bleu, chrF, translatorFrom } from '@steadyformer/translate';
import { type ScoreReport, saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { savedModel } from '../../testing/checkpoints';
import { fed, freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('score');
const at = (...names: string[]): string => join(folder(), ...names);
const CPU = ['--backend', 'cpu'];

const REFERENCE = ['Ein kleiner Test, und ein großer.', 'Worte sind klein.', 'Noch ein Satz mit Worten.'];
const FIRST = ['Ein kleiner Test und ein grosser.', 'Worte sind klein.', 'Noch ein Satz.'];
const SECOND = ['Kein kleiner Test', 'Die Worte sind gar nicht klein.', 'Noch ein Satz mit Worten.'];
const SOURCE = ['a small test', 'small words', ''];

beforeEach(async () => {
  const files = { ref: REFERENCE, first: FIRST, second: SECOND, source: SOURCE, short: ['x'] };
  for (const [name, lines] of Object.entries(files))
    await writeFile(at(`${name}.txt`), `${lines.join('\n')}\n`);
});

describe('steadyformer score', () => {
  const systems = (): string[] => [`first=${at('first.txt')}`, at('second.txt')];

  it('compares systems in one table, with signatures and the sentence of a paper', async () => {
    const args = ['score', ...systems(), '--reference', at('ref.txt'), '--samples', '100'];
    const { code, out, error } = await steadyformer(...args);
    expect([code, error]).toEqual([0, '']);
    const { score } = bleu(FIRST, REFERENCE);
    expect(out).toMatch(/^system +BLEU +chrF2 +chrF2\+\+ +TER \(lower is better\)$/m);
    expect(out).toMatch(new RegExp(`^first +${score.toFixed(2)} ± \\d+\\.\\d\\d  `, 'm'));
    expect(out).toMatch(/^.*second\.txt +\d+\.\d\d ± \d+\.\d\d {2}p [01]\.\d{4} /m);
    expect(out).toContain(
      'BLEU  nrefs:1|bs:100|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0',
    );
    expect(out).toMatch(/\n\nOn 3 sentences first has BLEU [\d.]+ ± [\d.]+, chrF2 .* against first /);
    const json = JSON.parse((await steadyformer(...args, '--json')).out) as ScoreReport;
    expect(json.metrics.map(({ metric, systems }) => [metric, systems[1]!.score])).toContainEqual([
      'chrF2++',
      chrF(SECOND, REFERENCE, { wordOrder: 2 }).score,
    ]);
  });

  it('takes several references, standard input, and the options of metrics', async () => {
    const args = ['--metrics', 'chrf,bleu', '--samples', '0', '--json'];
    const options = ['--lowercase', '--tokenizer', 'char'];
    const { out } = await fed(
      [new TextEncoder().encode(FIRST.join('\n'))],
      ...['score', '-', '--reference', at('ref.txt'), at('second.txt'), ...args, ...options],
    );
    const { metrics } = JSON.parse(out) as ScoreReport;
    const sets = [REFERENCE, SECOND];
    const expected = [
      chrF(FIRST, sets, { lowercase: true }),
      bleu(FIRST, sets, { lowercase: true, tokenizer: 'char' }),
    ];
    expect(metrics.map(({ systems, signature }) => [systems[0]!.score, signature])).toEqual(
      expected.map(({ score, signature }) => [score, signature]),
    );
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['no reference', ['first.txt'], /required option '-r, --reference <files...>' not specified/],
    ['a missing file', ['none.txt', '-r', 'ref.txt'], /none\.txt: no such file/],
    ['other numbers of lines', ['short.txt', '-r', 'ref.txt'], /short\.txt: 1 lines, but .*ref\.txt has 3/],
    ['references that differ', ['first.txt', '-r', 'ref.txt', 'short.txt'], /short\.txt: 1 lines/],
    [
      'an unknown metric',
      ['first.txt', '-r', 'ref.txt', '-m', 'blue'],
      /unknown metric 'blue', did you mean 'bleu'/,
    ],
    [
      'a metric of every object',
      ['first.txt', '-r', 'ref.txt', '-m', 'constructor'],
      /unknown metric 'constructor'/,
    ],
    ['one name twice', ['first.txt', 'first.txt', '-r', 'ref.txt'], /allowed another name/],
    ['standard input twice', ['-', '-r', '-'], /can be read once/],
    ['a folder', ['.', '-r', 'ref.txt'], /is a folder/],
    [
      'too many samples',
      ['first.txt', '-r', 'ref.txt', '--samples', '1e9'],
      /samples: received 1000000000, allowed/,
    ],
  ])('refuses %s in one line', async (_, args, message) => {
    const words = args.map((arg) => (/\.txt$|^\.$/.test(arg) ? at(arg) : arg));
    const { code, out, error } = await steadyformer('score', ...words);
    expect([code, out, error.split('\n').length]).toEqual([2, '', 2]);
    expect(error).toMatch(message);
  });
});

describe('steadyformer evaluate', () => {
  it('measures a translation model told the references, and decoding', async () => {
    const saved = await savedModel();
    await saveCheckpoint(at('model'), saved);
    const args = ['--source', at('source.txt'), '--reference', at('ref.txt'), '--samples', '10', ...CPU];
    const before = tf.memory().numTensors;
    const beam = ['--beam', '2', '--max-length', '5'];
    const { code, out } = await steadyformer('evaluate', at('model'), ...args, ...beam, '-o', at('own.txt'));
    expect(code).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
    expect(out).toMatch(/^sentences +3\ntokens +\d+, ends included\nperplexity +\d+\.\d{3}, /);
    expect(out).toMatch(/^accuracy +\d+\.\d\d % of tokens/m);
    expect(out).toContain('On 3 sentences model has BLEU');
    const translator = translatorFrom(saved);
    const own = await translator.translate(SOURCE, { beamSize: 2, maxLength: () => 5 });
    translator.model.dispose();
    const texts = own.map(({ text }) => text);
    expect(await readFile(at('own.txt'), 'utf8')).toBe(`${texts.join('\n')}\n`);
    const json = JSON.parse((await steadyformer('evaluate', at('model'), ...args, ...beam, '--json')).out);
    expect(json.report.metrics[1].systems[0].score).toBe(chrF(texts, REFERENCE).score);
    expect(json.perplexity).toBeCloseTo(Math.exp(json.nll), 9);
  });

  it('measures a language model on text', async () => {
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel' }));
    const { code, out } = await steadyformer('evaluate', at('lm'), '--text', at('ref.txt'), ...CPU);
    expect(code).toBe(0);
    expect(out).toMatch(/^tokens +\d+, ends included\nperplexity +\d+\.\d{3}, .*\naccuracy .*\n$/);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['no text', ['model'], /allowed --source and --reference.*or --text alone/],
    ['half of it', ['model', '--source', 'source.txt'], /allowed --source and --reference/],
    [
      'both',
      ['model', '--source', 'source.txt', '--reference', 'ref.txt', '--text', 'ref.txt'],
      /--text alone/,
    ],
    [
      'text for a translation model',
      ['model', '--text', 'ref.txt'],
      /a translation model, which `steadyformer translate` takes/,
    ],
    [
      'pairs for a language model',
      ['lm', '--source', 'source.txt', '--reference', 'ref.txt'],
      /a language model/,
    ],
    [
      'files that differ',
      ['model', '--source', 'short.txt', '--reference', 'ref.txt'],
      /ref\.txt: 3 lines, but .*short\.txt has 1/,
    ],
    ['an empty folder', ['empty', '--source', 'source.txt', '--reference', 'ref.txt'], /it holds nothing/],
  ])('refuses %s in one line', async (_, args, message) => {
    await mkdir(at('empty'));
    await saveCheckpoint(at('model'), await savedModel());
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel' }));
    const words = args.map((arg) => (/^(model|lm|empty|.*\.txt)$/.test(arg) ? at(arg) : arg));
    const { code, out, error } = await steadyformer('evaluate', ...words, ...CPU);
    expect([code, out, error.split('\n').length]).toEqual([2, '', 2]);
    expect(error).toMatch(message);
  });
});
