import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Translator } from '@steadyformer/translate';
import { EXPORT_FORMATS, exportModel } from '@steadyformer/translate/export';
import { evaluateTranslator, loadTranslator } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { sealed, whole } from './damage';
import { DAMAGES } from './damages';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-damaged-'));
afterAll(() => rmSync(root, { recursive: true }));

/** What is done with a model that was loaded. */
const USES: Readonly<Record<string, (translator: Translator) => Promise<unknown>>> = {
  translate: (translator) => translator.translate(['a test']),
  evaluate: (translator) =>
    evaluateTranslator(translator, [{ source: 'a test', target: 'Test' }], { samples: 5 }),
  ...Object.fromEntries(
    EXPORT_FORMATS.map((format) => [
      `export ${format}`,
      (translator: Translator) => exportModel(translator, { format }),
    ]),
  ),
};

/** What to do. */
const REMEDY =
  /use another copy|Name the folder|copy the whole folder|use a release|Give a model|Use the vocabulary|from before training diverged/u;

describe.each(Object.keys(USES))('%s of a model whose folder has', (use) => {
  it.each(DAMAGES)('%s', async (name, files, message) => {
    const folder = join(root, name.replaceAll(/\W+/g, '-'));
    await mkdir(folder, { recursive: true });
    for (const [file, content] of Object.entries(files())) await writeFile(join(folder, file), content);
    const tensors = tf.memory().numTensors;
    let translator: Translator | undefined;
    const error: Error = await (async () => {
      translator = await loadTranslator(folder);
      await USES[use]!(translator);
      return new Error('nothing was refused');
    })().catch((thrown) => thrown as Error);
    expect(translator !== undefined).toBe(message === '');
    translator?.model.dispose();
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringContaining(message) });
    expect(error.message).toMatch(REMEDY);
    if (message !== '') {
      expect(error.message).toContain(folder);
      expect(error.message).toMatch(/checkpoint\.json|model\.safetensors/u);
    }
    expect(error.message.length).toBeLessThan(900);
    expect(tf.memory().numTensors).toBe(tensors);
    rmSync(folder, { recursive: true });
  });
});

it('a model whose folder has all it should is translated by, measured and exported', async () => {
  const folder = join(root, 'whole');
  await mkdir(folder);
  for (const [file, content] of Object.entries(sealed({ ...whole })))
    await writeFile(join(folder, file), content);
  const translator = await loadTranslator(folder);
  for (const use of Object.values(USES)) await use(translator);
  translator.model.dispose();
});
