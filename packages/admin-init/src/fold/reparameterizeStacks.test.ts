import {
  admin,
  deepNorm,
  type Model,
  type ModelOptions,
  model as modelOf,
  postLN,
  preLN,
  selectBackend,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { disturb, ids } from '../../testing/models';
import { type FoldableModel, outputDifference, reparameterize } from '..';

beforeAll(async () => {
  await selectBackend();
});

const batch = () => ({ question: ids(3, 5, 1), table: ids(3, 6, 2), answer: ids(3, 4, 3) });

const build = (own: Partial<ModelOptions> = {}, table = preLN()): Model => {
  const model = modelOf(
    {
      width: 16,
      heads: 4,
      embeddings: { words: { vocabulary: 50 }, numbers: { vocabulary: 50 }, alike: 'words' },
      stacks: {
        question: { depth: 2, method: admin(), embedding: 'words' },
        table: { depth: 2, method: table, embedding: 'numbers' },
        answer: {
          ...{ depth: 2, method: admin({ shape: 'scalar' }), embedding: 'alike' },
          ...{ causal: true, reads: ['question', 'table'] },
        },
      },
      output: 'numbers',
      ...own,
    },
    7,
  );
  disturb(model as FoldableModel);
  return model;
};

const with_ = (embedding: string, output: string): Partial<ModelOptions> => ({
  embeddings: { [embedding]: { vocabulary: 50 } },
  stacks: {
    question: { depth: 2, method: admin(), embedding },
    table: { depth: 2, method: deepNorm(), embedding },
    answer: { depth: 2, method: admin(), embedding, causal: true, reads: ['question', 'table'] },
  },
  output,
});

describe('reparameterize a model of three stacks', () => {
  it.each([
    ['tables of their own, and one that is another', {}],
    ['one table for all stacks and the output', with_('words', 'words')],
    ['a table whose copy has a name that is taken', with_('answerEmbedding', 'answerEmbedding')],
    ['stored positions', { ...with_('words', 'words'), positions: { kind: 'learned', length: 12 } }],
    ['no positions', { ...with_('words', 'words'), positions: { kind: 'none' } }],
  ] as const)('keeps its function with %s', async (_name, own) => {
    const model = build(own as Partial<ModelOptions>);
    const before = tf.memory().numTensors;
    const inputs = batch();
    const { model: plain, difference } = await reparameterize(model, { maxLength: 16, batch: inputs });
    expect(difference.scale).toBeGreaterThan(1);
    expect(difference.largest).toBeLessThan(1e-5);
    expect(plain.config.stacks.question!.method.name).toBe('postLN');
    expect(plain.config.stacks.answer!.method.name).toBe('postLN');
    expect(plain.parameters().some(({ path }) => path.endsWith('omega'))).toBe(false);
    expect((await outputDifference(model, plain, inputs)).largest).toBe(difference.largest);
    plain.dispose();
    tf.dispose(Object.values(inputs));
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('leaves the stacks of other methods, and refuses to fold a stack of streams', async () => {
    const model = build();
    const plain = await reparameterize(model, { maxLength: 16 });
    expect(plain.config.stacks.table).toEqual(model.config.stacks.table);
    expect(Object.keys(plain.config.embeddings)).toEqual(['words', 'numbers', 'alike']);
    const streams = build({
      stacks: {
        question: { depth: 1, method: postLN(), embedding: 'words' },
        answer: { depth: 1, method: admin(), reads: 'question' },
      },
    });
    await expect(reparameterize(streams)).rejects.toThrow("a stack of streams, 'answer'");
  });
});
