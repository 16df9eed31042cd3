import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postLN, preLN, type Summary } from '@steadyformer/core';
import {
  CheckpointSeries,
  loadCheckpoint,
  loadTranslator,
  saveCheckpoint,
} from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { english, german, savedModel } from '../../testing/checkpoints';
import { freshFolder, steadyformer } from '../../testing/command';
import type { Inspected } from './inspect';

const folder = freshFolder('checkpoints');
const at = (...names: string[]): string => join(folder(), ...names);
const inspected = async (
  path: string,
): Promise<{ checkpoints: Inspected[]; skipped: { folder: string }[] }> =>
  JSON.parse((await steadyformer('inspect', path, '--json')).out);

/** A run's folder: updates 1, 2, 3, of which 2 is the best, and the model it ended with. */
const saveRun = async (): Promise<void> => {
  const series = new CheckpointSeries(at('run', 'checkpoints'), { keep: 3, better: 'higher' });
  for (const updates of [1, 2, 3]) {
    await series.save(await savedModel({ updates, shift: updates / 100 }), {
      metric: updates === 2 ? 30 : 20,
    });
  }
  await saveCheckpoint(at('run', 'model'), await savedModel({ shift: 0.5 }));
};

describe('steadyformer inspect', () => {
  it('says what a checkpoint is, its omegas beside those of its profile', async () => {
    const saved = await savedModel({
      updates: 7,
      shift: 0.25,
      vocabulary: { source: english, target: german },
    });
    await saveCheckpoint(at('one'), saved);
    const before = tf.memory().numTensors;
    const { checkpoints } = await inspected(at('one'));
    expect(tf.memory().numTensors).toBe(before);
    const [found] = checkpoints as [Inspected];
    const branches = Object.values(saved.profile!.stacks).flat();
    expect(found.omegas.map(({ path }) => path)).toEqual(branches.map(({ path }) => path));
    for (const [i, { mean, deviation, profiled }] of found.omegas.entries()) {
      expect(profiled).toBe(branches[i]!.omega);
      expect(mean).toBeCloseTo(branches[i]!.omega + 0.25, 5);
      expect(deviation).toBeLessThan(1e-6);
    }
    const { m } = saved.training!.optimizer;
    expect((found.summary as Summary).parameters).toBe(m.length);
    expect(found).toMatchObject({
      config: JSON.parse(JSON.stringify(saved.config)),
      vocabulary: {
        shared: false,
        source: { tokens: english.size, merges: 4 },
        target: { tokens: german.size, merges: 6 },
      },
      training: {
        updates: 7,
        rule: { name: 'radam', options: { beta1: 0.9 } },
        position: { epoch: 1, index: 2 },
        settings: { batches: { maxTokens: 64 } },
        run: { validated: 5 },
      },
      profile: { rule: 'reference', pads: 'masked' },
      verified: ['checkpoint.json', 'model.safetensors', 'optimizer.safetensors'],
    });
    const { code, out, error } = await steadyformer('inspect', at('one'));
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^ *[\d,]+ {2}encoder\.layers\.1\.feedForward {2,}x' = LN\(/m);
    expect(out).toMatch(/^encoder\.layers\.0\.selfAttention +1\.25 +0 +1$/m);
    for (const part of [
      '7 updates',
      '  batches.maxTokens 64',
      `source vocabulary: ${english.size} tokens, 4 merges`,
    ]) {
      expect(out).toContain(part);
    }
  });

  it("shows a run's newest, its best by either kind of metric, and its model", async () => {
    await saveRun();
    const { checkpoints, skipped } = await inspected(at('run'));
    expect(checkpoints.map(({ role, training, metric }) => [role, training?.updates, metric])).toEqual([
      ['newest', 3, null],
      ['best', 2, 30],
      ['model', undefined, null],
    ]);
    expect(skipped).toEqual([]);
    const { out } = await steadyformer('inspect', at('run'));
    expect(out.match(/ parameters {2}/g)).toHaveLength(1);
    expect(out).toContain('for use only');
  });

  it('names a damaged newest checkpoint and shows the one before it', async () => {
    await saveRun();
    const newest = at('run', 'checkpoints', 'update-00000003');
    await truncate(join(newest, 'model.safetensors'), 100);
    const { checkpoints, skipped } = await inspected(at('run'));
    expect(skipped.map((each) => each.folder)).toEqual([newest]);
    expect(checkpoints[0]?.training?.updates).toBe(2);
    expect((await steadyformer('inspect', at('run'))).out).toContain(`cannot be read: ${newest}: `);
  });

  it('knows language models, and models without omegas', async () => {
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel', method: preLN() }));
    const { checkpoints } = await inspected(at('lm'));
    expect(checkpoints[0]).toMatchObject({
      config: { kind: 'languageModel' },
      omegas: [],
      training: null,
      profile: null,
    });
    expect((await steadyformer('inspect', at('lm'))).out).toContain('no omegas');
  });

  it.each<readonly [string, (path: string) => Promise<unknown>, RegExp]>([
    ['nothing', async () => {}, /there is no such folder; name/],
    ['a file', (path) => writeFile(path, ''), /it is a file; name/],
    ['an empty folder', (path) => mkdir(path), /neither a checkpoint .* it holds nothing/],
    [
      'other things',
      async (path) => {
        await mkdir(path);
        await writeFile(join(path, 'x.txt'), '');
      },
      /it holds x\.txt/,
    ],
    [
      'a run that has saved nothing',
      (path) => mkdir(join(path, 'checkpoints'), { recursive: true }),
      /no checkpoint yet/,
    ],
    [
      'a manifest of zeros',
      async (path) => {
        await mkdir(path);
        await writeFile(join(path, 'checkpoint.json'), new Uint8Array(100));
      },
      /not a checkpoint: checkpoint\.json is not JSON/,
    ],
    [
      'damaged weights',
      async (path) => {
        await saveCheckpoint(path, await savedModel());
        const file = join(path, 'model.safetensors');
        const bytes = await readFile(file);
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(file, bytes);
      },
      /model\.safetensors is damaged/,
    ],
  ])('refuses %s in one line', async (_, make, message) => {
    await make(at('wrong'));
    const { code, out, error } = await steadyformer('inspect', at('wrong'));
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(/^error: [^\n]*\n$/);
    expect(error).toMatch(message);
  });
});

describe('steadyformer average', () => {
  it("gives the mean of folders, or of a run's newest", async () => {
    await saveRun();
    const names = [2, 3].map((updates) => at('run', 'checkpoints', `update-0000000${updates}`));
    const { code, out } = await steadyformer('average', ...names, '-o', at('mean'));
    expect([code, out]).toEqual([0, `the mean of ${names.join(', ')}\nwrote ${at('mean')}\n`]);
    const again = await steadyformer('average', at('run'), '--last', '2', '-o', at('last'), '--json');
    expect(JSON.parse(again.out)).toEqual({ averaged: names, folder: at('last') });
    const [two, three, mean, last] = await Promise.all(
      [...names, at('mean'), at('last')].map(loadCheckpoint),
    );
    for (const [path, { data }] of Object.entries(mean!.parameters)) {
      const [a, b] = [two!.parameters[path]!.data, three!.parameters[path]!.data];
      expect(data).toEqual(Float32Array.from(a, (value, i) => (value + b[i]!) / 2));
    }
    expect(last).toEqual(mean);
    expect(mean!.training).toBeUndefined();
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['a run without --last', ['run'], /say how many of its newest checkpoints with --last/],
    ['more than there are', ['run', '--last', '4'], /holds 3 checkpoints/],
    ['no number', ['run', '--last', '0'], /allowed: /],
    ['two runs', ['run', 'run', '--last', '2'], /allowed the folder of one run/],
    ['a checkpoint with --last', ['run/model', '--last', '2'], /allowed the folder of one run/],
    [
      'models of two kinds',
      ['run/model', 'other'],
      /other: .*checkpoint 2 differs from the first one in config/,
    ],
    ['a folder that is in use', ['run/model', '-o', 'other'], /the folder is not empty; .* --force/],
    ['no folder to write to', ['run/model', '-o', 'other/checkpoint.json/x'], /it is a file, or lies in one/],
  ])('refuses %s, and writes nothing', async (_, args, message) => {
    await saveRun();
    await saveCheckpoint(at('other'), await savedModel({ method: postLN() }));
    const before = (await readdir(folder(), { recursive: true })).sort();
    const words = args.map((arg) => (/^(run|other)/.test(arg) ? at(arg) : arg));
    const out = args.includes('-o') ? [] : ['-o', at('mean')];
    const { code, error } = await steadyformer('average', ...words, ...out);
    expect(error).toMatch(message);
    expect([code, error.split('\n').length]).toEqual([2, 2]);
    expect((await readdir(folder(), { recursive: true })).sort()).toEqual(before);
  });

  it('replaces a checkpoint with --force, and nothing else', async () => {
    await saveRun();
    await saveCheckpoint(at('other'), await savedModel({ method: postLN() }));
    const [model, other] = [at('run', 'model'), at('other')];
    expect((await steadyformer('average', model, '-o', other, '--force')).code).toBe(0);
    expect(await loadCheckpoint(other)).toEqual(await loadCheckpoint(model));
    const { code, error } = await steadyformer('average', model, '-o', at('run'), '--force');
    expect([code, error]).toEqual([2, expect.stringContaining('holds other things')]);
  });
});

describe('steadyformer reparameterize', () => {
  const omegas = async (path: string): Promise<number> =>
    (await inspected(path)).checkpoints[0]!.omegas.length;

  it('writes the plain model of the same function, which translates alike', async () => {
    await saveCheckpoint(at('admin'), await savedModel({ updates: 3, shift: 0.05 }));
    const args = ['reparameterize', at('admin'), '-o', at('plain'), '--max-length', '64', '--backend', 'cpu'];
    const before = tf.memory().numTensors;
    const { code, out, error } = await steadyformer(...args, '--json');
    expect([code, error]).toEqual([0, 'backend cpu (asked for)\n']);
    expect(tf.memory().numTensors).toBe(before);
    const { difference, batch } = JSON.parse(out);
    expect(batch).toEqual([4, 32]);
    expect(difference.scale).toBeGreaterThan(0.1);
    expect(difference.largest).toBeLessThan(1e-5 * difference.scale);
    expect(difference.largest).toBeGreaterThan(0);
    expect([await omegas(at('admin')), await omegas(at('plain'))]).toEqual([10, 0]);
    const [folded, plain] = [await loadTranslator(at('admin')), await loadTranslator(at('plain'))];
    const texts = ['a small test', 'small words of words'];
    expect((await plain.translate(texts)).map(({ text }) => text)).toEqual(
      (await folded.translate(texts)).map(({ text }) => text),
    );
    const saved = await loadCheckpoint(at('plain'));
    expect(saved.config).toMatchObject({
      encoder: { method: { name: 'postLN' } },
      positions: { kind: 'learned', length: 64 },
    });
    folded.model.dispose();
    plain.model.dispose();
  });

  it('folds language models, and models of two vocabularies', async () => {
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel' }));
    await saveCheckpoint(at('two'), await savedModel({ vocabulary: { source: english, target: german } }));
    for (const name of ['lm', 'two']) {
      const { code, out } = await steadyformer(
        'reparameterize',
        at(name),
        '-o',
        at(`${name}-plain`),
        '--backend',
        'cpu',
      );
      expect(code).toBe(0);
      expect(out).toMatch(
        /^the largest difference of a logit is [\d.e-]+, of at most [\d.]+, on 4 x 32 random ids\nwrote /,
      );
      expect(await omegas(at(`${name}-plain`))).toBe(0);
    }
  });

  beforeEach(async () => {
    await saveCheckpoint(at('pre'), await savedModel({ method: preLN() }));
  });

  it('refuses what has nothing to fold, a run, and a folder in use; writes nothing', async () => {
    await saveRun();
    const say = async (...args: string[]): Promise<string> => {
      const { code, out, error } = await steadyformer('reparameterize', ...args, '--backend', 'cpu');
      expect([code, out]).toEqual([2, '']);
      expect(await readdir(folder())).toEqual(['pre', 'run']);
      return error;
    };
    expect(await say(at('pre'), '-o', at('plain'))).toContain('with nothing to fold');
    expect(await say(at('run'), '-o', at('plain'))).toContain(
      `name one of its checkpoints: ${at('run', 'checkpoints')}`,
    );
    expect(await say(at('run', 'model'), '-o', at('pre'))).toContain('the folder is not empty');
    expect(await say(at('run', 'model'), '-o', at('plain'), '--max-length', '1.5')).toContain('allowed: ');
  });
});
