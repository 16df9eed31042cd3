import {
  admin,
  asStacked,
  type Context,
  languageModel,
  Module,
  type NamedParameter,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  Stack,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Batches } from '../../data/batches';
import { packTokens } from '../../data/encodeCorpus';
import { TextBatches } from '../../data/textBatches';
import type { LossFunction } from '../loss';
import { languageModelLoss, translationLoss } from '../translationLoss';
import { findOrigin } from './findOrigin';

beforeAll(async () => {
  await selectBackend('wasm');
});

const sentences = packTokens(
  Array.from({ length: 24 }, (_, i) =>
    Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j * 5) % 8)),
  ),
);
const source = new Batches({ source: sentences, target: sentences }, { maxTokens: 64 });
const batches = [source.batchAt(0, 0), source.batchAt(0, 1)];
const loss = translationLoss(0.1);

const modelOf = (method: ResidualMethod): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 16,
      heads: 2,
      depth: 2,
      method,
      dropout: { residual: 0.1 },
      tiedEmbeddings: false,
    },
    5,
  );

/** Puts a number in the place of some of a parameter's. */
const poison = (parameters: readonly NamedParameter[], path: string, value: number, every = 1): void => {
  const { parameter } = parameters.find((each) => each.path === path)!;
  const numbers = Float32Array.from(parameter.value.dataSync(), (x, i) => (i % every === 0 ? value : x));
  const tensor = tf.tensor(numbers, [...parameter.shape]);
  parameter.assign(tensor);
  tensor.dispose();
};

const pathIn = (parameters: readonly NamedParameter[], beginning: string): string =>
  parameters.find(({ path }) => path.startsWith(beginning) && /weight|table/.test(path))!.path;

const METHODS: Readonly<Record<string, ResidualMethod>> = {
  postLN: postLN(),
  preLN: preLN(),
};

describe.each(Object.keys(METHODS))('the origin in a poisoned %s', (name) => {
  it.each<readonly [string, number]>([
    ['encoder.layers.1.selfAttention', Number.NEGATIVE_INFINITY],
    ['decoder.layers.1.selfAttention', Number.NaN],
    ['decoder.layers.1.crossAttention', 1e30],
    ['decoder.layers.1.feedForward', Number.NaN],
    ['decoder.layers.1.feedForward', 1e30],
  ])('%s with %d is named', async (path, value) => {
    const model = modelOf(METHODS[name]!);
    // Out of the sub-layer: what is very large within an attention's scores may well stay unseen.
    const own = model.parameters().filter((each) => each.path.startsWith(`${path}.branch.`));
    const weight = own.filter(({ parameter }) => parameter.shape.length === 2).at(-1)!.path;
    poison(model.parameters(), weight, value, 1000);
    const tensors = tf.memory().numTensors;
    const before = await stateDict(model);
    const found = await findOrigin(model, loss, batches, { random: randomStream(3), learningRate: 0.01 });
    expect(found).toMatchObject({ path, pass: 'forward', what: 'output', parameter: weight, batch: 0 });
    expect(found.norm < 1e12).toBe(false);
    expect(found.message).toContain(`the output of ${path} `);
    expect(found.message).toContain(
      `its parameter ${weight} is so before the step begins. Go back to a checkpoint`,
    );
    expect(found.message).toContain('a lower peak learning rate (0.01 at this update)');
    expect(found.message.includes('method: admin')).toBe(name === 'postLN');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await stateDict(model)).toEqual(before);
  });

  it.each(['sourceEmbedding', 'targetEmbedding', 'outputEmbedding'])(
    '%s is named by its parameter',
    async (table) => {
      for (const value of [Number.NaN, 1e30]) {
        const model = modelOf(METHODS[name]!);
        const path = pathIn(model.parameters(), table);
        poison(model.parameters(), path, value, 7);
        const tensors = tf.memory().numTensors;
        const found = await findOrigin(model, loss, batches);
        expect(found).toMatchObject({ path, parameter: path, pass: 'forward', what: 'parameter' });
        expect(found.message).toContain(`the parameter ${path} `);
        expect(tf.memory().numTensors).toBe(tensors);
      }
    },
  );

  it('queries so large that nothing is seen of them in the step are named all the same', async () => {
    const model = modelOf(METHODS[name]!);
    const path = 'decoder.layers.1.selfAttention';
    const weight = pathIn(model.parameters(), `${path}.branch.q`);
    poison(model.parameters(), weight, 1e13, 1000);
    const found = await findOrigin(model, loss, batches);
    expect(found).toMatchObject({ path, parameter: weight });
  });
});

describe('the origin', () => {
  it('is a norm at the end of a stack where that is broken, and not who reads it', async () => {
    const model = modelOf(preLN());
    const path = 'encoder.finalNorm.gain';
    poison(model.parameters(), path, Number.NaN);
    expect(await findOrigin(model, loss, batches)).toMatchObject({ path, parameter: path });
  });

  it('advises no method that the model has', async () => {
    const model = modelOf(admin());
    poison(model.parameters(), 'decoder.layers.1.feedForward.branch.inner.weight', Number.NaN, 9);
    const found = await findOrigin(model, loss, batches);
    expect(found.path).toBe('decoder.layers.1.feedForward');
    expect(found.message).toMatch(/a longer warm-up or clipNorm: 1\.$/);
  });

  it('is found in language models, in whichever batch it shows', async () => {
    const model = languageModel({ vocabulary: 14, width: 16, heads: 2, depth: 2, method: postLN() });
    const text = new TextBatches(sentences, { length: 8, batchSize: 2 });
    const [first, second] = [text.batchAt(0, 0), text.batchAt(0, 1)];
    poison(model.parameters(), 'decoder.layers.0.feedForward.branch.outer.weight', Number.NaN, 5);
    expect(await findOrigin(model, languageModelLoss(), [first])).toMatchObject({
      path: 'decoder.layers.0.feedForward',
      batch: 0,
    });
    const late: LossFunction<typeof model, typeof first> = (own, batch, context) => {
      const measured = languageModelLoss()(own, batch, context);
      return batch === second ? { ...measured, loss: tf.mul(measured.loss, Number.NaN) } : measured;
    };
    const sound = languageModel({ vocabulary: 14, width: 16, heads: 2, depth: 2, method: postLN() });
    const found = await findOrigin(sound, late, [first, second]);
    expect(found).toMatchObject({ path: 'loss', pass: 'forward', what: 'loss', batch: 1, norm: Number.NaN });
    expect(found.message).toContain(
      "every sub-layer's output is sound, the loss is NaN. Go on from the last good",
    );
  });

  it('is where the gradient turns, in the sub-layers of a user', async () => {
    /** x -> sqrt(relu(x) * scale): its slope at 0 is infinite, and 0 times that NaN. */
    class Root extends Module {
      readonly name = 'root';

      call(x: tf.Tensor3D): tf.Tensor3D {
        return tf.tidy(() => tf.sqrt(tf.relu(x)));
      }
    }
    class Soft extends Module {
      readonly name = 'soft';

      call(x: tf.Tensor3D): tf.Tensor3D {
        return tf.tidy(() => tf.tanh(x));
      }
    }
    const stack = new Stack(
      {
        name: 'stack',
        width: 4,
        depth: 3,
        method: preLN(),
        block: [
          { name: 'soft', branch: () => new Soft() },
          { name: 'root', branch: ({ place }) => (place.block === 1 ? new Root() : new Soft()) },
        ],
      },
      randomStream(1),
    );
    const model = asStacked(stack);
    const streams = tf.tensor3d(randomStream(2).normal(2 * 3 * 4), [2, 3, 4]);
    const own: LossFunction<typeof model, tf.Tensor3D> = (each, x, context: Context) => {
      const sum = tf.sum<tf.Scalar>(tf.square(each.call(x, context)));
      return { loss: sum, nll: sum, tokens: 6 };
    };
    const found = await findOrigin(model, own, [streams]);
    expect(found).toMatchObject({
      path: 'stack.layers.1.root',
      pass: 'backward',
      what: 'gradient',
      norm: Number.NaN,
    });
    expect(found.message).toContain('the gradient at stack.layers.1.root is not finite');
    streams.dispose();
  });

  it('is the largest growth where all is finite', async () => {
    const model = modelOf(preLN());
    poison(model.parameters(), 'decoder.layers.1.feedForward.branch.outer.weight', 300);
    const found = await findOrigin(model, loss, batches);
    expect(found).toMatchObject({
      path: 'decoder.layers.1.feedForward',
      pass: 'forward',
      what: 'output',
      batch: 0,
    });
    expect(found.growth).toBeGreaterThan(50);
    expect(found.norm).toBeGreaterThan(1000);
    expect(found.parameter).toBeUndefined();
    expect(found.message).toMatch(
      /^the output of decoder.layers.1.feedForward has the norm .*, \d+ times that of/,
    );
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('is not looked for in what is no model, loss or batch, and nothing is left behind', async () => {
    const model = modelOf(preLN());
    const tensors = tf.memory().numTensors;
    await expect(findOrigin(model, loss, [])).rejects.toThrow(
      'findOrigin() batches: received [], allowed a list',
    );
    await expect(findOrigin(model, loss, [{} as never])).rejects.toThrow('batch.source');
    await expect(findOrigin(model, 1 as never, batches)).rejects.toThrow('findOrigin() loss: received 1');
    await expect(findOrigin(model.sourceEmbedding as never, loss, batches)).rejects.toThrow(
      'findOrigin() model',
    );
    await expect(findOrigin(model, loss, batches, { rate: 1 } as never)).rejects.toThrow(
      "unknown option 'rate'",
    );
    const deaf: typeof loss = (own, batch) => loss(own, batch, {});
    await expect(findOrigin(model, deaf, batches)).rejects.toThrow('the loss ran no residual');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
