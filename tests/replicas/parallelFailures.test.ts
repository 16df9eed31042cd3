import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selectBackend } from '@steadyformer/core';
import { Translator } from '@steadyformer/translate';
import { ParallelTranslator, ThreadEnded } from '@steadyformer/translate/node';
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { bundled } from './team';
import { modelOf, sentences, small, startThreads, vocabulary } from './translators';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

const opened: ParallelTranslator[] = [];
const started = async (...how: Parameters<typeof startThreads>): Promise<ParallelTranslator> => {
  const parallel = await startThreads(...how);
  opened.push(parallel);
  return parallel;
};

describe.skipIf(skipped)('a ParallelTranslator whose threads end', () => {
  let translator: Translator;
  beforeAll(() => {
    translator = new Translator(modelOf(3), vocabulary);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.dispose()));
  });

  it('says which thread died, and puts another in its place, if one can be started', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'steadyformer-dying-')), 'file');
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(dirname(file), { recursive: true });
    });
    vi.stubEnv('DYING_TRANSLATOR', file);
    const parallel = await started(translator, 1, 'dyingTranslator');
    const fatal = Array.from({ length: 40 }, (_, n) => 'x'.repeat(n)).find(
      (text) => vocabulary.encode(text).length === 6,
    )!;
    const died = 'ParallelTranslator: thread 1 (dyingTranslator.mjs) does no more work: it ended with code 3';
    const waiting = (): Promise<unknown> =>
      Promise.all(
        ['a', 'See', 'am'].map(async (text) =>
          expect(await parallel.translate([text])).toEqual(await translator.translate([text])),
        ),
      );
    for (let times = 0; times < 2; times++) {
      const lost = parallel.translate([fatal, 'a'], { maxTokens: 7 });
      await Promise.all([expect(lost).rejects.toThrow(new ThreadEnded(died)), waiting()]);
    }
    // From now on none starts.
    writeFileSync(file, '');
    const none = /thread 1 .* it ended with code 3. No thread is left: start another ParallelTranslator/;
    await expect(parallel.translate([fatal])).rejects.toThrow(died);
    await expect(parallel.translate(['a'])).rejects.toThrow(none);
    await expect(parallel.score(['a'], ['a'])).rejects.toThrow(none);
    await expect(started(translator, 1, 'dyingTranslator')).rejects.toThrow('it ended with code 4');
  });

  it('keeps no program alive that has ended, disposed or not', async () => {
    const [program, entry] = await Promise.all([bundled('undisposed'), bundled('translator')]);
    const ended = await new Promise<readonly unknown[]>((resolve) => {
      const args = [fileURLToPath(program), entry.href];
      const child = execFile(process.execPath, args, { timeout: 120_000 }, (_, stdout) =>
        resolve([child.exitCode, child.signalCode, stdout]),
      );
    });
    expect(ended).toEqual([0, null, '2 translations\n']);
  }, 240_000);

  it('rejects what is at work, and what comes later, once it is disposed', async () => {
    const parallel = await started(translator, 2);
    const pending = parallel.translate(sentences, { ...small, beamSize: 8 });
    const [result] = await Promise.allSettled([pending, parallel.dispose()]);
    expect(result).toMatchObject({ reason: expect.any(ThreadEnded) });
    const gone = 'ParallelTranslator: it was disposed. No thread is left';
    await expect(parallel.translate(['a'])).rejects.toThrow(gone);
    await expect(parallel.score(['a'], ['a'])).rejects.toThrow(gone);
    const stop = AbortSignal.abort(new Error('not now'));
    await expect(ParallelTranslator.start(translator, { threads: 1, signal: stop })).rejects.toThrow(
      'not now',
    );
    const soon = new AbortController();
    const starting = ParallelTranslator.start(translator, {
      ...{ threads: 1, signal: soon.signal, entry: await bundled('translator') },
    });
    setTimeout(() => soon.abort(new Error('enough')), 50);
    await expect(starting).rejects.toThrow('enough');
    await parallel.dispose();
  });
});
