import { join } from 'node:path';
import { fromConfig, type LanguageModel, loadStateDict } from '@steadyformer/core';
import { type Bpe, type Checkpoint, generate } from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { savedModel } from '../../testing/checkpoints';
import { fed, freshFolder, steadyformer } from '../../testing/command';
import { main } from '../main/main';

const folder = freshFolder('generate');
const CPU = ['--backend', 'cpu'];
let saved: Checkpoint;
beforeAll(async () => {
  saved = await savedModel({ kind: 'languageModel', shift: 0.1 });
});
beforeEach(() => saveCheckpoint(join(folder(), 'lm'), saved));
const lm = (): string => join(folder(), 'lm');

/** What the library says. */
const said = async (prompt: string, options: object) => {
  await tf.setBackend('cpu');
  const model = fromConfig(saved.config) as unknown as LanguageModel;
  loadStateDict(model, saved.parameters);
  const found = await generate(model, prompt, { vocabulary: saved.vocabulary as Bpe, ...options });
  model.dispose();
  return found;
};

describe('steadyformer generate', () => {
  it('goes on from an argument or standard input, as it is told', async () => {
    const drawn = await said('a small', { temperature: 0.8, topK: 5, seed: 4, maxLength: 20 });
    const args = ['--temperature', '0.8', '--top-k', '5', '--seed', '4', '--max-length', '20', ...CPU];
    const usual = tf.memory().numTensors;
    const { code, out } = await steadyformer('generate', lm(), 'a small', ...args);
    expect([code, out]).toEqual([0, `${drawn.text}\n`]);
    const input = [new TextEncoder().encode('a small\n')];
    expect((await fed(input, 'generate', lm(), ...args)).out).toBe(`${drawn.text}\n`);
    const json = JSON.parse((await steadyformer('generate', lm(), 'a small', ...args, '--json')).out);
    expect(json).toEqual(JSON.parse(JSON.stringify({ prompt: 'a small', ...drawn })));
    expect(tf.memory().numTensors).toBe(usual);
    const other = await steadyformer('generate', lm(), 'a small', ...args, '--seed', '5');
    expect(other.out).not.toBe(out);
    const likeliest = await said('a', { maxLength: 7 });
    const greedy = ['--temperature', '0', '--max-length', '7', ...CPU];
    expect((await steadyformer('generate', lm(), 'a', ...greedy)).out).toBe(`${likeliest.text}\n`);
  });

  it('prints as it goes, and nothing that a stop takes back', async () => {
    const whole = await said('a', { temperature: 1, seed: 2, maxLength: 30 });
    expect(whole.text.length).toBeGreaterThan(10);
    const stop = whole.text.slice(6, 9);
    const pieces: string[] = [];
    const args = ['--seed', '2', '--max-length', '30', '--stop', stop, ...CPU];
    const code = await main(['generate', lm(), 'a', ...args], {
      out: (text) => {
        pieces.push(text);
      },
      error: () => {},
    });
    const expected = whole.text.slice(0, whole.text.indexOf(stop));
    expect([code, pieces.join('')]).toEqual([0, `${expected}\n`]);
    expect(pieces.length).toBeGreaterThan(2);
  });

  it('ends well where nobody reads on', async () => {
    let printed = '';
    const code = await main(['generate', lm(), 'a', '--max-length', '400', ...CPU], {
      out: (text) => {
        printed += text;
      },
      error: () => {},
      closed: () => printed !== '',
    });
    expect(code).toBe(0);
    expect(printed.length).toBeLessThan(20);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['a cold temperature', ['--temperature', '-1'], /allowed: numbers >= 0/],
    ['no tokens', ['--top-k', '0'], /allowed: whole numbers >= 1/],
    [
      'draws where none are',
      ['--temperature', '0', '--top-k', '3'],
      /--top-k: without effect at --temperature 0/,
    ],
  ])('refuses %s in one line', async (_, args, message) => {
    const { code, out, error } = await steadyformer('generate', lm(), 'a', ...args, ...CPU);
    expect([code, out, error.split('\n').length]).toEqual([2, '', 2]);
    expect(error).toMatch(message);
  });

  it('refuses a model that translates', async () => {
    await saveCheckpoint(join(folder(), 'mt'), await savedModel());
    const { code, error } = await steadyformer('generate', join(folder(), 'mt'), 'a', ...CPU);
    expect(code).toBe(2);
    expect(error).toMatch(/a translation model, which `steadyformer translate` takes/);
  });
});
