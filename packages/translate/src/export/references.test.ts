import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Translator } from '../decoding/translator';
import { bothSides } from '../subwords/vocabularies';
import { EXPORT_FORMATS, type ExportFormat, exportModel } from './exportModel';
import { exportable, MOST, SOURCES } from './fixtures/models';

interface Said {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** What a library made of a folder, and the sums of the files that it read. */
interface Reference {
  readonly files: Readonly<Record<string, string>>;
  readonly greedy: readonly Said[];
  readonly logits?: readonly number[];
}

const references = JSON.parse(
  readFileSync(new URL('fixtures/references.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<ExportFormat, Reference>>>>;

const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let translators: Readonly<Record<string, Translator>>;
beforeAll(async () => {
  await selectBackend('cpu');
  translators = exportable();
});
afterAll(() => {
  for (const { model } of Object.values(translators)) model.dispose();
});

const padded = (rows: readonly (readonly number[])[], pad: number): tf.Tensor2D => {
  const width = Math.max(...rows.map(({ length }) => length));
  return tf.tensor2d(
    rows.map((row) => [...row, ...Array<number>(width - row.length).fill(pad)]),
    [rows.length, width],
    'int32',
  );
};

describe.each(Object.keys(references))('a model that left (%s)', (name) => {
  it.each(EXPORT_FORMATS)('has the bytes that were opened as %s', async (format) => {
    const before = tf.memory().numTensors;
    const files = await exportModel(translators[name]!, { format });
    const sums = Object.entries(files).map(([file, bytes]) => [file, sum(bytes)]);
    expect(Object.fromEntries(sums)).toEqual(references[name]![format].files);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(EXPORT_FORMATS)('says by greedy search what we say, with our scores (%s)', async (format) => {
    const found = await translators[name]!.translate(SOURCES, { beamSize: 1, maxLength: () => MOST });
    for (const [i, { tokens, score }] of references[name]![format].greedy.entries()) {
      const [best] = found[i]!.hypotheses;
      // A translation that was cut has no end.
      const ids = tokens.at(-1) === 2 ? tokens.slice(0, -1) : tokens;
      expect(best!.ids).toEqual(ids);
      expect(Math.abs(best!.score - score)).toBeLessThan(1e-4);
    }
  });

  it('has the logits that transformers computes', async () => {
    const { model, vocabulary } = translators[name]!;
    const { source, target } = bothSides(vocabulary, 'vocabulary');
    const ids = SOURCES.map((text) => [...source.encode(source.normalise(text)), source.eos]);
    const batch = {
      source: padded(ids, source.pad),
      target: padded(
        ids.map(() => [target.eos, 4, 5, 6]),
        target.pad,
      ),
    };
    const logits = model.call(batch);
    const ours = await logits.data();
    const theirs = references[name]!.marian.logits!;
    expect(theirs.length).toBe(ours.length);
    const largest = Math.max(...theirs.map(Math.abs));
    const difference = Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]!)));
    expect(difference / largest).toBeLessThan(1e-5);
    tf.dispose([batch.source, batch.target, logits]);
  });
});
