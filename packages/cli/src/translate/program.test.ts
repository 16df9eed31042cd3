import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CheckpointSeries, saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { savedModel } from '../../testing/checkpoints';
import { fed, steadyformer } from '../../testing/command';
import { bytes, CPU, LINES, modelFolder } from '../../testing/lines';
import { main } from '../main/main';

const { at, oneByOne } = modelFolder('translate');

describe('steadyformer translate', () => {
  it('gives a line a line, in order, empty ones too, whatever the batch and the pieces of the input', async () => {
    const expected = (await oneByOne()).map(({ text }) => `${text}\n`).join('');
    expect(expected.split('\n')[1]).toBe('');
    const tensors = tf.memory().numTensors;
    for (const batch of ['1', '3', '256']) {
      const text = bytes(LINES.map((line) => `${line}\n`).join(''));
      const pieces = [text.subarray(0, 3), text.subarray(3, 20), text.subarray(20)];
      const { code, out } = await fed(pieces, 'translate', at('model'), '--batch', batch, ...CPU);
      expect([code, out]).toEqual([0, expected]);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    await writeFile(at('one.txt'), LINES.slice(0, 3).join('\r\n'));
    await writeFile(at('two.txt'), LINES.slice(3).join('\n'));
    const args = ['translate', at('model'), at('one.txt'), at('two.txt'), '-o', at('out.txt'), ...CPU];
    expect(await steadyformer(...args)).toMatchObject({ code: 0, out: '' });
    expect(await readFile(at('out.txt'), 'utf8')).toBe(expected);
    expect((await steadyformer(...args)).error).toMatch(/is there already; name another/);
  });

  it('writes scores, and n-best lists that name their line', async () => {
    const options = { beamSize: 5, lengthPenalty: 0.5, maxLength: () => 6 };
    const found = await oneByOne(options);
    const search = ['--length-penalty', '0.5', '--max-length', '6', ...CPU];
    const input = [bytes(LINES.join('\n'))];
    const scores = await fed(input, 'translate', at('model'), '--scores', '--beam', '5', ...search);
    const rows = scores.out.trimEnd().split('\n');
    expect(rows).toHaveLength(LINES.length);
    for (const [i, row] of rows.entries()) {
      const [score, text] = row.split('\t');
      expect(text).toBe(found[i]!.text);
      expect(Number(score)).toBeCloseTo(found[i]!.score, 4);
    }
    // Five best mean a beam of five.
    const best = await fed(input, 'translate', at('model'), '--n-best', '5', ...search);
    const lists = best.out
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'));
    const expected = found.flatMap(({ hypotheses }, i) => hypotheses.map(({ text }) => [`${i + 1}`, text]));
    expect(lists.map(([line, , text]) => [line, text])).toEqual(expected);
    expect(lists.length).toBeGreaterThan(LINES.length);
  });

  it("takes a run's folder: the model it ended with, else the best checkpoint, else the newest", async () => {
    const series = new CheckpointSeries(at('run', 'checkpoints'), { keep: 3, better: 'higher' });
    const other = await savedModel({ shift: -0.3, updates: 1 });
    const text = async (path: string): Promise<string> =>
      (await fed([bytes('small\na test\n')], 'translate', path, '--scores', ...CPU)).out;
    await series.save(other);
    await saveCheckpoint(at('other'), other);
    const [newest, mine] = [await text(at('other')), await text(at('model'))];
    expect(newest).not.toBe(mine);
    expect(await text(at('run'))).toBe(newest);
    await series.save({ ...(await savedModel({ shift: 0.1, updates: 2 })) }, { metric: 3 });
    expect(await text(at('run'))).toBe(mine);
    await saveCheckpoint(at('run', 'model'), other);
    expect(await text(at('run'))).toBe(newest);
  });

  it('holds no more text than a batch, and stops reading where nobody reads on', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read++;
        yield bytes('small\n');
      }
    }
    let printed = 0;
    const code = await main(['translate', at('model'), '--batch', '4', '--beam', '1', ...CPU], {
      input: endless(),
      out: (text) => {
        printed += text.split('\n').length - 1;
      },
      error: () => {},
      closed: () => printed >= 8,
    });
    expect([code, printed]).toEqual([0, 8]);
    expect(read).toBeLessThan(20);
  });

  it('takes any number of lines in the same memory', async () => {
    const [count, batch] = [process.env.STEADYFORMER_LONG === '1' ? 100_000 : 800, 100];
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    async function* many(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < count; i += batch) yield bytes(`small ${LINES[i % LINES.length]}\n`.repeat(batch));
    }
    let [printed, early, late] = [0, 0, 0];
    const code = await main(
      ['translate', at('model'), '--batch', String(batch), '--beam', '1', '--max-length', '2', ...CPU],
      {
        input: many(),
        out: (text) => {
          printed += text.split('\n').length - 1;
          if (printed === count / 4) early = heap();
          if (printed === count) late = heap();
        },
        error: () => {},
      },
    );
    expect([code, printed]).toEqual([0, count]);
    expect(late - early).toBeLessThan(2e6);
  }, 900_000);

  it('ends with 130 at Ctrl-C, what it wrote whole, and leaves no file behind', async () => {
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield bytes('small\n');
      await new Promise(() => {});
    }
    const quiet = { out: () => {}, error: () => {} };
    const args = ['translate', at('model'), '-o', at('out.txt'), ...CPU];
    const ending = main(args, { ...quiet, input: slow() });
    const partial = async (): Promise<boolean> =>
      (await readdir(at())).some((name) => name.endsWith('.partial'));
    await expect.poll(partial, { timeout: 20_000 }).toBe(true);
    process.emit('SIGINT', 'SIGINT');
    expect(await ending).toBe(130);
    expect(await readdir(at())).toEqual(['model']);
  });

  it.each<readonly [string, readonly string[], string, RegExp]>([
    ['no folder', ['none'], '', /none: the folder cannot be read, there is no such folder/],
    ['a folder of other things', ['wrong'], '', /neither a checkpoint .* it holds x\.txt/],
    ['a language model', ['lm'], '', /lm: a language model, which `steadyformer generate` takes/],
    ['no beam', ['model', '--beam', '0'], '', /'0' is invalid. allowed: whole numbers from 1 to 64/],
    [
      'phrases that do not fit',
      ['model', '--constraints', '--max-length', '3'],
      'small\n\na\tsmall test of words\n',
      /^error: tokens of line 3's constraints, its prefix and the end included: received \d+, allowed up to 3/m,
    ],
    [
      'phrases of other letters',
      ['model', '--constraints'],
      'small\na\tx\u00e4\n',
      /^error: constraints of line 2 \('x\u00e4'\): received 'x\u00e4', allowed characters that the vocabulary/m,
    ],
    ['a missing file of phrases', ['model', '--forbidden', 'none.txt'], '', /no such file/],
    [
      'phrases from where text comes',
      ['model', '--forbidden', '-'],
      '',
      /--forbidden -: standard input is for text/,
    ],
    [
      'alignments of what is several sentences',
      ['model', '--split-sentences', '--alignments'],
      '',
      /--alignments: not with --split-sentences, as a line may be several sentences/,
    ],
    ['phrases of such', ['model', '--split-sentences', '--constraints'], '', /--constraints: not with/],
    ['a language for nothing', ['model', '--language', 'de'], '', /--language: without effect without/],
    [
      'a language that is none',
      ['model', '--split-sentences', '--language', '!'],
      '',
      /language: received '!', allowed tags of languages/,
    ],
    ['no number', ['model', '--length-penalty', ''], '', /allowed: finite numbers/],
    [
      'groups of no size',
      ['model', '--groups', '3'],
      '',
      /groups: received 3, allowed divisors of the beam, 4/,
    ],
    ['a factor below 1', ['model', '--repetition-penalty', '0.5'], '', /allowed: numbers >= 1/],
    [
      'more than the beam',
      ['model', '--beam', '2', '--n-best', '3'],
      '',
      /--n-best: received 3, allowed up to the beam, 2\. Ask for fewer/,
    ],
    [
      'too many',
      ['model', '--n-best', '65'],
      '',
      /--n-best: received 65, allowed whole numbers from 1 to 64/,
    ],
    ['what is no text', ['model'], '\xff', /standard input:1: not valid UTF-8/],
    ['a missing file', ['model', 'none.txt'], '', /no such file/],
    [
      'a line without end',
      ['model', '--batch', '2'],
      `small\n\na\n${'small '.repeat(1100)}\n`,
      /^error: tokens of line 4 \('small small.*allowed up to 1024.*Split the text into sentences, as --split-sentences does/m,
    ],
  ])('refuses %s in one line', async (_, args, text, message) => {
    await mkdir(at('wrong'));
    await writeFile(at('wrong', 'x.txt'), '');
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel' }));
    const [model = '', ...rest] = args.map((arg) => (/^[nwlm]\w+(\.txt)?$/.test(arg) ? at(arg) : arg));
    const input = text === '\xff' ? Uint8Array.of(255, 10) : bytes(text);
    const { code, error } = await fed([input], 'translate', model, ...rest, ...CPU);
    expect(code).toBe(2);
    const lines = error.split('\n').filter((line) => line.startsWith('error'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });
});
