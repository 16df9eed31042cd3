import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { preLN } from '@steadyformer/core';
import {
  CheckpointSeries,
  loadCheckpoint,
  loadTranslator,
  saveCheckpoint,
} from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { english, german, savedModel } from '../../testing/checkpoints';
import { freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('exchange');
const at = (...names: string[]): string => join(folder(), ...names);

const leave = (format: string, ...more: string[]) =>
  steadyformer('export', at('one'), '--format', format, '--out', at(format), '--backend', 'cpu', ...more);

describe('steadyformer export', () => {
  it.each([
    [
      'marian',
      [
        'config.json',
        'generation_config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer_config.json',
      ],
    ],
    [
      'ctranslate2',
      ['config.json', 'model.bin', 'shared_vocabulary.json', 'tokenizer.json', 'tokenizer_config.json'],
    ],
    ['onnx', ['config.json', 'generation_config.json', 'onnx', 'tokenizer.json', 'tokenizer_config.json']],
  ])('writes a folder (%s)', async (format, names) => {
    await saveCheckpoint(at('one'), await savedModel({ shift: 0.1 }));
    const before = tf.memory().numTensors;
    const { code, out, error } = await leave(format);
    expect([code, error]).toEqual([0, 'backend cpu (asked for)\n']);
    expect(out).toContain(`exported ${at('one')} as ${format}`);
    expect((await readdir(at(format))).sort()).toEqual(names);
    expect(tf.memory().numTensors).toBe(before);
    expect((await readdir(folder())).sort()).toEqual([format, 'one'].sort());
  });

  it('writes both vocabularies where there are two, and says what it wrote as JSON', async () => {
    await saveCheckpoint(at('one'), await savedModel({ vocabulary: { source: english, target: german } }));
    const { out } = await leave('ctranslate2', '--json', '--max-length', '9');
    const said = JSON.parse(out);
    expect(said).toMatchObject({ exported: at('one'), format: 'ctranslate2', folder: at('ctranslate2') });
    for (const { file, bytes } of said.files) {
      expect((await readFile(at('ctranslate2', file))).length).toBe(bytes);
    }
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(at('ctranslate2', name), 'utf8'));
    expect(await read('source_vocabulary.json')).toEqual(english.tokens);
    expect(await read('target_vocabulary.json')).toEqual(german.tokens);
  });

  it('takes the model that a run ended with, else its best, else its newest', async () => {
    const series = new CheckpointSeries(at('run', 'checkpoints'), { keep: 3, better: 'higher' });
    const from = async (): Promise<string> => {
      const { out } = await steadyformer(
        ...['export', at('run'), '--format', 'marian', '--json', '--force', '--backend', 'cpu'],
        ...['--out', at('marian')],
      );
      return JSON.parse(out).exported;
    };
    await series.save(await savedModel({ updates: 1 }));
    expect(await from()).toBe(at('run', 'checkpoints', 'update-00000001'));
    await series.save(await savedModel({ updates: 2 }), { metric: 30 });
    await series.save(await savedModel({ updates: 3 }), { metric: 20 });
    expect(await from()).toBe(at('run', 'checkpoints', 'best'));
    await saveCheckpoint(at('run', 'model'), await savedModel());
    expect(await from()).toBe(at('run', 'model'));
  });

  it('replaces files in a folder only with --force, and leaves the others', async () => {
    await saveCheckpoint(at('one'), await savedModel());
    await mkdir(at('onnx'));
    await writeFile(at('onnx', 'mine.txt'), 'mine');
    const { code, error } = await leave('onnx');
    expect([code, error]).toEqual([
      2,
      `error: --out '${at('onnx')}': the folder is not empty; name another, or write to it with --force\n`,
    ]);
    expect(await readdir(at('onnx'))).toEqual(['mine.txt']);
    expect((await leave('onnx', '--force')).code).toBe(0);
    expect(await readFile(at('onnx', 'mine.txt'), 'utf8')).toBe('mine');
    expect((await readdir(at('onnx', 'onnx'))).sort()).toEqual([
      'decoder_model_merged.onnx',
      'encoder_model.onnx',
    ]);
    expect((await readdir(at('onnx'))).some((name) => name.endsWith('.partial'))).toBe(false);
  });

  it.each<readonly [string, () => Promise<readonly string[]>, RegExp]>([
    [
      'no format',
      async () => ['export', at('one'), '--out', at('out')],
      /^error: required option '--format <name>' not specified/,
    ],
    [
      'an unknown format',
      async () => ['export', at('one'), '--out', at('out'), '--format', 'tflite'],
      /^error: option '--format <name>' argument 'tflite' is invalid\. Allowed choices are marian, ctranslate2, onnx\./,
    ],
    [
      'a length of none',
      async () => ['export', at('one'), '--out', at('out'), '--format', 'onnx', '--max-length', '0'],
      /--max-length/,
    ],
    [
      'a folder that is not there',
      async () => ['export', at('none'), '--out', at('out'), '--format', 'onnx'],
      /none: the folder cannot be read, there is no such folder/,
    ],
    [
      'a damaged checkpoint',
      async () => {
        await saveCheckpoint(at('one'), await savedModel());
        await truncate(at('one', 'model.safetensors'), 100);
        return ['export', at('one'), '--out', at('out'), '--format', 'onnx'];
      },
      /checkpoint: model\.safetensors is damaged/,
    ],
    [
      'a language model',
      async () => {
        await saveCheckpoint(at('one'), await savedModel({ kind: 'languageModel' }));
        return ['export', at('one'), '--out', at('out'), '--format', 'marian'];
      },
      /one: a model of kind 'languageModel', and the formats hold translation models/,
    ],
    [
      'Pre-LN',
      async () => {
        await saveCheckpoint(at('one'), await savedModel({ method: preLN() }));
        return ['export', at('one'), '--out', at('out'), '--format', 'ctranslate2'];
      },
      /one: cannot export encoder\.layers\.0\.selfAttention: it has a norm before its branch \(Pre-LN\)/,
    ],
    [
      'a file in the place of the folder',
      async () => {
        await saveCheckpoint(at('one'), await savedModel());
        await writeFile(at('file'), '');
        return ['export', at('one'), '--out', at('file', 'below'), '--format', 'onnx'];
      },
      /the folder cannot be written, it is a file, or lies in one|its folder is a file/,
    ],
    [
      'what the disk refuses once all is computed',
      async () => {
        await saveCheckpoint(at('one'), await savedModel());
        return ['export', at('one'), '--out', at('n'.repeat(250)), '--format', 'onnx'];
      },
      /the folder cannot be written, its name is too long; name another/,
    ],
  ])('refuses %s', async (_, made, message) => {
    const args = await made();
    const names = await readdir(folder());
    const before = tf.memory().numTensors;
    const { code, out, error: said } = await steadyformer(...args, '--backend', 'cpu');
    const error = said.replace('backend cpu (asked for)\n', '');
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(message);
    expect(error.trimEnd()).not.toContain('\n');
    expect(await readdir(folder())).toEqual(names);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('steadyformer import', () => {
  it('makes a checkpoint that translates as the model did that had left', async () => {
    await saveCheckpoint(at('one'), await savedModel({ shift: 0.1 }));
    await leave('marian');
    const { code, out, error } = await steadyformer('import', at('marian'), '--out', at('back'));
    expect([code, error]).toEqual([0, '']);
    expect(out).toBe(`a Post-LN model of 2 + 2 layers, width 8\nwrote ${at('back')}\n`);
    const said = async (path: string): Promise<unknown> => {
      const translator = await loadTranslator(path);
      const found = await translator.translate(['a small test', 'words'], { maxLength: () => 8 });
      translator.model.dispose();
      return found.map(({ text, score }) => [text, Number(score.toFixed(4))]);
    };
    expect(await said(at('back'))).toEqual(await said(at('one')));
    expect(JSON.stringify((await loadCheckpoint(at('back'))).vocabulary)).toBe(JSON.stringify(english));
    expect((await steadyformer('inspect', at('back'))).out).toContain('for use only');
  });

  it.each<readonly [string, (path: string) => Promise<unknown>, RegExp]>([
    [
      'nothing',
      (path) => rm(path, { recursive: true }),
      /the folder cannot be read, there is no such folder/,
    ],
    [
      'a file',
      async (path) => {
        await rm(path, { recursive: true });
        await writeFile(path, '');
      },
      /the folder cannot be read, it is a file/,
    ],
    ['SentencePiece', (path) => rm(join(path, 'tokenizer.json')), /SentencePiece alone \(source\.spm\)/],
    [
      'a folder in the place of a file',
      async (path) => {
        await rm(join(path, 'config.json'));
        await mkdir(join(path, 'config.json'));
      },
      /config\.json: the file cannot be read, it is a folder/,
    ],
    [
      'half of the weights',
      (path) => truncate(join(path, 'model.safetensors'), 5000),
      /model\.safetensors: /,
    ],
    [
      'another architecture',
      (path) => writeFile(join(path, 'config.json'), '{"model_type":"t5"}'),
      /marian: config\.json: model_type: received 't5', allowed 'marian'/,
    ],
  ])('refuses %s', async (_, damage, message) => {
    await saveCheckpoint(at('one'), await savedModel());
    await leave('marian');
    await damage(at('marian'));
    const { code, out, error } = await steadyformer('import', at('marian'), '--out', at('back'));
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(message);
    expect(existsSync(at('back'))).toBe(false);
  });
});
