import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preLN, selectBackend, stateDict, transformer } from '@steadyformer/core';
import { trainBpe } from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bash, buildCommand, buildThread } from './process';

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus'];
const lines = Array.from({ length: 24 }, (_, i) =>
  i % 9 === 4 ? '' : Array.from({ length: 1 + (i % 5) }, (_, j) => words[(i * 3 + j * j) % 8]).join(' '),
);

let folder = '';
let program = '';
beforeAll(async () => {
  program = await buildCommand();
  await buildThread();
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-replicas-'));
  await selectBackend('cpu');
  const vocabulary = trainBpe(words, { merges: 8 });
  const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 8, heads: 2, depth: 1 };
  const model = transformer({ ...sizes, method: preLN(), tiedEmbeddings: false }, 4);
  await saveCheckpoint(join(folder, 'model'), {
    config: model.config,
    parameters: await stateDict(model),
    vocabulary,
  });
  model.dispose();
  await writeFile(join(folder, 'lines.txt'), `${lines.join('\n')}\n`);
  // More than threads pay from.
  await writeFile(join(folder, 'many.txt'), `${lines.join('\n')}\n`.repeat(30));
});
afterAll(() => rm(folder, { recursive: true }));

const SEARCH = '--beam 2 --max-length 4 --backend cpu';

describe.skipIf(process.platform === 'win32')('the process of steadyformer with replicas', () => {
  it('translates and evaluates to the bit what one thread does, and ends', async () => {
    const translate = `steadyformer translate model lines.txt --batch 5 --scores ${SEARCH}`;
    const evaluate = `steadyformer evaluate model --source lines.txt --reference lines.txt --json ${SEARCH}`;
    const { stdout, stderr } = await bash(
      program,
      [
        `${translate} --replicas 1 >one.txt && ${translate} --replicas 2 >two.txt && cmp one.txt two.txt && wc -l <two.txt`,
        `${evaluate} --replicas 1 >one.json && ${evaluate} --replicas 2 >two.json && cmp one.json two.json && echo same`,
        // The reader goes away, and a line that is too long.
        `steadyformer translate model many.txt --replicas 2 ${SEARCH} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
        `(cat lines.txt; yes small | head -2000 | tr '\\n' ' '; echo) | steadyformer translate model --scores --replicas 3 --batch 1 ${SEARCH} | cmp - one.txt && echo all before it`,
      ],
      folder,
    );
    expect(stdout.split(/\s+/u).filter(Boolean)).toEqual(['24', 'same', '0', 'all', 'before', 'it']);
    expect(stderr.split('\n').filter((line) => !/^backend cpu/u.test(line) && line !== '')).toEqual([
      expect.stringMatching(/^error: tokens of line 25 \('small small .*up to 1024/u),
    ]);
  }, 400_000);

  it('serves on threads, answers to each what it says alone, and ends them with itself', async () => {
    const args = ['serve', 'model', 'twin=model', '--port', '0', '--replicas', '2', '--backend', 'cpu'];
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await expect.poll(() => out, { timeout: 120_000 }).toMatch(/listening on (\S+): model, twin/);
    const [, url] = /listening on (\S+):/.exec(out)!;
    const ask = async (text: string, model: string): Promise<string> => {
      const response = await fetch(`${url}/translate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text, model, options: { beam: 2, maxLength: 4 } }),
      });
      expect(response.status).toBe(200);
      const { translations } = (await response.json()) as { translations: [{ text: string }] };
      return translations[0].text;
    };
    const spoken = lines.filter((line) => line !== '');
    const all = await Promise.all(spoken.flatMap((line) => [ask(line, 'model'), ask(line, 'twin')]));
    const { stdout } = await bash(
      program,
      [`steadyformer translate model lines.txt --replicas 1 ${SEARCH}`],
      folder,
    );
    const alone = stdout.split('\n').filter((_, i) => i < 24 && lines[i] !== '');
    expect(all).toEqual(alone.flatMap((text) => [text, text]));
    const late = ask(spoken[3]!, 'model');
    await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGTERM');
    expect(await late).toBe(alone[3]);
    expect(await ended).toBe(0);
  }, 400_000);
});
