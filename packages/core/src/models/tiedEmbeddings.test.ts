import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../testing/numbers';
import { lossAndGradient, unflatten } from '../autodiff/gradients';
import { selectBackend } from '../backend/select';
import { preLN } from '../residual/methods/preLN';
import type { NamedParameter } from '../state/module';
import { fromConfig } from './fromConfig';
import {
  type Transformer,
  type TransformerConfig,
  type TransformerOptions,
  transformer,
  transformerConfig,
} from './transformer';

const [V, D] = [9, 8];
const sizes = { vocabulary: V, padId: 1, width: D, heads: 2, depth: 1, method: preLN() };
const batch = () => ({
  source: tf.tensor2d([3, 4, 2], [1, 3], 'int32'),
  target: tf.tensor2d([2, 6], [1, 2], 'int32'),
});
const tables = (model: Transformer): string[] =>
  model.parameters().flatMap(({ path }) => (path.endsWith('.table') ? [path] : []));

beforeAll(async () => {
  await selectBackend('wasm');
});

/** Rows of the gradient of a table that are not all zero. */
const movedRows = (model: Transformer, path: string): number[] => {
  const parameters: NamedParameter[] = model.parameters();
  const loss = (): tf.Scalar => tf.sum(tf.exp(model.call(batch())));
  const { gradient } = lossAndGradient(parameters, loss);
  const parts = unflatten(
    gradient,
    parameters.map(({ parameter }) => parameter.shape),
  );
  const rows = parts[parameters.findIndex((named) => named.path === path)]!;
  const numbers = read(rows);
  return Array.from({ length: rows.shape[0]! }, (_, id) => id).filter((id) =>
    numbers.slice(id * D, (id + 1) * D).some((value) => value !== 0),
  );
};
const ALL = Array.from({ length: V }, (_, id) => id);

describe('tied embeddings', () => {
  it('of all three are one table, which the output reaches whole', () => {
    const model = transformer(sizes);
    expect(tables(model)).toEqual(['sourceEmbedding.table']);
    expect(movedRows(model, 'sourceEmbedding.table')).toEqual(ALL);
  });

  it("of the decoder are the target's, and the source has its own", () => {
    const model = transformer({ ...sizes, tiedEmbeddings: 'decoder' });
    expect(tables(model)).toEqual(['sourceEmbedding.table', 'targetEmbedding.table']);
    expect(model.outputEmbedding).toBe(model.targetEmbedding);
    expect(movedRows(model, 'sourceEmbedding.table')).toEqual([2, 3, 4]);
    expect(movedRows(model, 'targetEmbedding.table')).toEqual(ALL);
  });

  it('may be none', () => {
    const model = transformer({ ...sizes, tiedEmbeddings: false });
    expect(tables(model)).toEqual([
      'sourceEmbedding.table',
      'targetEmbedding.table',
      'outputEmbedding.table',
    ]);
    expect(movedRows(model, 'targetEmbedding.table')).toEqual([2, 6]);
    expect(movedRows(model, 'outputEmbedding.table')).toEqual(ALL);
  });
});

describe('a vocabulary of the source', () => {
  const apart = { ...sizes, sourceVocabulary: 20 };
  const ids = (id: number): tf.Tensor2D => tf.tensor2d([id, 2], [1, 2], 'int32');

  it('has its table, and the logits are over the target tokens', () => {
    for (const tiedEmbeddings of ['decoder', false] as const) {
      const model = transformer({ ...apart, tiedEmbeddings });
      const shapes = [model.sourceEmbedding, model.targetEmbedding].map(({ table }) => table.shape);
      expect(shapes).toEqual([
        [20, D],
        [V, D],
      ]);
      expect(model.call({ source: ids(19), target: ids(8) }).shape).toEqual([1, 2, V]);
      expect(() => model.encode(ids(20))).toThrow(
        "token id at 'sourceEmbedding': received 20, allowed 0 to 19",
      );
      expect(() => model.call({ source: ids(19), target: ids(9) })).toThrow(
        "token id at 'targetEmbedding': received 9, allowed 0 to 8",
      );
    }
  });

  it("ties the decoder's tables where nothing else is said, all three only where the sizes agree", () => {
    expect(transformerConfig(apart).tiedEmbeddings).toBe('decoder');
    expect(transformerConfig({ ...sizes, sourceVocabulary: V }).tiedEmbeddings).toBe(true);
    expect(() => transformer({ ...apart, tiedEmbeddings: true })).toThrow(
      "tiedEmbeddings: received true, allowed 'decoder' or false with 20 source and 9 target tokens",
    );
  });
});

describe('the config of embeddings', () => {
  it.each<[Partial<TransformerOptions>]>([
    [{ tiedEmbeddings: 'decoder' }],
    [{ sourceVocabulary: 20 }],
    [{ sourceVocabulary: 20, tiedEmbeddings: false }],
  ])('round-trips as JSON (%j)', (own) => {
    const model = transformer({ ...sizes, ...own }, 5);
    const config = JSON.parse(JSON.stringify(model.config)) as TransformerConfig;
    const again = fromConfig(config, { seed: 5 });
    expect(again.config).toEqual(model.config);
    expect(read(again.call(batch()))).toEqual(read(model.call(batch())));
  });

  it.each<[object, string]>([
    [{ tiedEmbeddings: 'all' }, "tiedEmbeddings: received 'all', allowed true, false, 'decoder'"],
    [{ sourceVocabulary: 0 }, 'sourceVocabulary: received 0'],
    [{ sourceVocabluary: 3 }, "unknown option 'sourceVocabluary', did you mean 'sourceVocabulary'?"],
  ])('%j is an error', (own, message) => {
    expect(() => transformer({ ...sizes, ...own } as TransformerOptions)).toThrow(message);
  });
});
