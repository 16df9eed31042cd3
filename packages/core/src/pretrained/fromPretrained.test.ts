import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { KeyValueCache } from '../context/cache';
import { expectedOf, sourceOf } from './fixtures/checkpoints';
import { fromPretrained } from './fromPretrained';
import type { PretrainedBatch, PretrainedKind } from './model';

const KINDS: readonly PretrainedKind[] = ['gpt2', 'bert', 'llama', 'marian'];
const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

const batchOf = (kind: PretrainedKind): PretrainedBatch => {
  const { input_ids, token_type_ids, decoder_input_ids } = expectedOf(kind);
  if (decoder_input_ids) return { source: ids(input_ids), target: ids(decoder_input_ids) };
  return token_type_ids ? { ids: ids(input_ids), types: ids(token_type_ids) } : ids(input_ids);
};

onBackends(() => {
  describe.each(KINDS)('a checkpoint of %s', (kind) => {
    it("gives transformers' logits", async () => {
      const model = await fromPretrained(sourceOf(kind));
      const batch = batchOf(kind);
      const logits = model.call(batch);
      expect(maxError(read(logits), expectedOf(kind).logits)).toBeLessThan(1e-5);
      expect(leftovers(() => model.call(batch))).toBe(0);
      tf.dispose([logits, batch as tf.TensorContainer]);
      model.dispose();
    });
  });

  it.each(['gpt2', 'llama'] as const)('decodes %s in cached pieces as a whole', async (kind) => {
    const model = await fromPretrained(sourceOf(kind));
    const batch = batchOf(kind) as tf.Tensor2D;
    const cache = new KeyValueCache();
    const whole = model.call(batch);
    const parts = [
      [0, 3],
      [3, 1],
      [4, 1],
    ].map(([from, size]) => tf.tidy(() => model.call(tf.slice(batch, [0, from!], [-1, size!]), { cache })));
    const joined = tf.concat(parts, 1);
    expect(maxError(read(joined), read(whole))).toBeLessThan(1e-5);
    cache.dispose();
    tf.dispose([batch, whole, joined, ...parts]);
    model.dispose();
  });
});

describe('fromPretrained', () => {
  it('ties what the checkpoint ties, and no more', async () => {
    const tables: Record<string, string[]> = {};
    for (const kind of KINDS) {
      const model = await fromPretrained(sourceOf(kind));
      tables[kind] = model
        .parameters()
        .map(({ path }) => path)
        .filter((path) => path.endsWith('table') || path.endsWith('Table'));
      expect(model.config).toMatchObject({ kind: 'pretrained', architecture: kind, width: 16 });
      model.dispose();
    }
    expect(tables).toEqual({
      gpt2: ['embedding.table', 'embedding.positionTable'],
      bert: ['embedding.table', 'embedding.positionTable', 'embedding.typeTable'],
      llama: ['embedding.table', 'head.table'],
      marian: ['embedding.table', 'embedding.positionTable', 'targetEmbedding.positionTable'],
    });
  });

  it("has the checkpoint's weights alone: no bias that Llama has not", async () => {
    const source = sourceOf('llama');
    const model = await fromPretrained(source);
    const count = Object.values(source.tensors).reduce((sum, { data }) => sum + data.length, 0);
    expect(model.parameterCount()).toBe(count);
    expect(model.decoder!.finalNorm).toMatchObject({ epsilon: 1e-5 });
    model.dispose();
  });

  it('knows pads where the checkpoint does: their tokens change nothing', async () => {
    const model = await fromPretrained(sourceOf('bert'));
    const first = (tail: number[]): number[] => {
      const batch = ids([[7, 9, 4, ...tail]]);
      const logits = model.call(batch);
      const values = read(logits).slice(0, 3 * 32);
      tf.dispose([batch, logits]);
      return values;
    };
    expect(maxError(first([0, 0]), first([]))).toBeLessThan(1e-6);
    expect(maxError(first([5, 0]), first([]))).toBeGreaterThan(1e-3);
    const masks = model.tokenMasks(ids([[7, 0]]));
    expect(read(masks.encoder!)).toEqual([1, 0]);
    model.dispose();
  });

  it('reads bare models, which have no prefix and no head', async () => {
    const { config, tensors } = sourceOf('bert');
    const bare = Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith('bert.'))
        .map(([name, tensor]) => [
          name
            .slice('bert.'.length)
            .replace('LayerNorm.weight', 'LayerNorm.gamma')
            .replace('LayerNorm.bias', 'LayerNorm.beta'),
          tensor,
        ]),
    );
    const [whole, model] = [
      await fromPretrained({ config, tensors }),
      await fromPretrained({ config, tensors: bare }),
    ];
    const batch = batchOf('bert');
    const [hidden, logits] = [model.call(batch), whole.call(batch)];
    expect(model.head).toBeUndefined();
    expect(hidden.shape).toEqual([2, 5, 16]);
    const headed = whole.head!.call(hidden);
    expect(read(headed)).toEqual(read(logits));
    tf.dispose([hidden, logits, headed]);
    whole.dispose();
    model.dispose();
  });
});
