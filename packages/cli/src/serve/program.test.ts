import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { randomStream } from '@steadyformer/core';
import { saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { savedModel } from '../../testing/checkpoints';
import { freshFolder, steadyformer } from '../../testing/command';
import { ask } from '../../testing/server';
import { main } from '../main/main';

const folder = freshFolder('serve');
const at = (...names: string[]): string => join(folder(), ...names);
const CPU = ['--backend', 'cpu'];

beforeEach(async () => saveCheckpoint(at('model'), await savedModel()));

/** A port that another program listens on. */
const taken = async (): Promise<{ readonly port: number; readonly server: Server }> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as { port: number }).port, server };
};

describe('steadyformer serve', () => {
  it('listens on this machine alone, says where, logs, and ends well at a signal', async () => {
    let [out, error] = ['', ''];
    const usual = tf.memory().numTensors;
    const args = ['serve', at('model'), `twin=${at('model')}`, '--port', '0', '--log', ...CPU];
    const ending = main(args, {
      out: (text) => {
        out += text;
      },
      error: (text) => {
        error += text;
      },
    });
    await expect.poll(() => out, { timeout: 20_000 }).toMatch(/^listening on \S+: model, twin\n$/);
    const [, url = ''] = /listening on (\S+):/.exec(out) ?? [];
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const { status, body } = await ask(url, { text: 'a test', model: 'twin', options: { maxLength: 5 } });
    expect([status, body.model]).toEqual([200, 'twin']);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await ending).toBe(0);
    expect(error).toContain('ending: what is at work is finished first');
    const [record] = error.split('\n').filter((line) => line.startsWith('{'));
    expect(JSON.parse(record!)).toMatchObject({ url: '/translate', status: 200, model: 'twin', texts: 1 });
    await expect(fetch(url)).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(usual);
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['no folder', ['none'], /none: the folder cannot be read, there is no such folder/],
    ['other things', ['wrong'], /wrong: neither a checkpoint/],
    ['a language model', ['lm'], /lm: a language model, which `steadyformer generate` takes/],
    [
      'one name twice',
      ['model', 'model'],
      /model 'model': two have this name; give each its own, as in other=/,
    ],
    ['a name that no URL takes', ['a b=model'], /model 'a b': allowed names of 1 to 64 letters/],
    ['no port', ['model', '--port', '70000'], /--host '127\.0\.0\.1' --port 70000: cannot listen/],
    ['no address', ['model', '--host', '192.0.2.1'], /this machine has no such address/],
    ['no number', ['model', '--max-queue', '0'], /allowed: whole numbers >= 1/],
  ])('refuses %s in one line', async (_, args, message) => {
    await mkdir(at('wrong'));
    await writeFile(at('wrong', 'x.txt'), '');
    await saveCheckpoint(at('lm'), await savedModel({ kind: 'languageModel' }));
    const words = args.map((arg) =>
      arg.replace(/(^|=)(none|wrong|lm|model)$/u, (_, before, name) => before + at(name)),
    );
    const port = args.includes('--port') ? [] : ['--port', '0'];
    const { code, out, error } = await steadyformer('serve', ...words, ...port, ...CPU);
    expect([code, out]).toEqual([2, '']);
    const lines = error.split('\n').filter((line) => line.startsWith('error'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(message);
  });

  it('says that a port is taken', async () => {
    const { port, server } = await taken();
    const { code, error } = await steadyformer('serve', at('model'), '--port', String(port), ...CPU);
    server.close();
    expect(code).toBe(2);
    expect(error).toMatch(/cannot listen, another program listens there; name another with --port/);
  });

  it('refuses 200 damaged folders of models, each in one line', async () => {
    const random = randomStream(11);
    let drawn = 0;
    const below = (n: number): number => Math.floor(random.uniformAt(drawn++) * n);
    const names = (await readdir(at('model'))).sort();
    const whole = await Promise.all(names.map((name) => readFile(at('model', name))));
    await mkdir(at('bad'));
    const usual = tf.memory().numTensors;
    for (let i = 0; i < 200; i++) {
      const which = below(names.length);
      const bytes = Uint8Array.from(whole[which]!);
      // Cut off, with other bytes in it, or with a number or a name of its JSON replaced.
      let damaged: Uint8Array | string = bytes;
      if (i % 3 === 0) damaged = bytes.subarray(0, below(bytes.length));
      else if (i % 3 === 1) for (let k = 0; k <= below(4); k++) bytes[below(bytes.length)]! ^= 1 + below(255);
      else
        damaged = `${names[which]?.endsWith('.json') ? JSON.stringify({ format: i }) : ''}${'x'.repeat(below(20))}`;
      for (const [k, name] of names.entries())
        await writeFile(at('bad', name), k === which ? damaged : whole[k]!);
      const { code, out, error } = await steadyformer('serve', at('bad'), '--port', '0', ...CPU);
      expect([code, out], error).toEqual([2, '']);
      const lines = error.split('\n').filter((line) => line.startsWith('error'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/bad/);
      expect(lines[0]!.length).toBeLessThan(900);
    }
    expect(tf.memory().numTensors).toBe(usual);
  });
});
