import * as tf from '@tensorflow/tfjs';
import { beforeAll } from 'vitest';
import { call, refuses, using } from '../../testing/mistakes';
import * as core from '../index';

// The mistakes of a first hour, as JavaScript or a cast lets them through.

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
const { admin, preLN, transformer, encoder, languageModel } = core;
const model = () => transformer({ ...sizes, method: preLN() });

beforeAll(async () => {
  await core.selectBackend('cpu');
});

refuses('a first mistake with a tensor', [
  [
    'encode(array)',
    () => using(model(), (m) => call(m.encode.bind(m), [[1, 2]])),
    "ids at 'sourceEmbedding': received [[1, 2]], expected int32 [batch, time], no axis empty. Make one: tf.tensor(values, undefined, 'int32').",
  ],
  [
    'encode()',
    () => using(model(), (m) => call(m.encode.bind(m))),
    "ids at 'sourceEmbedding': received undefined",
  ],
  [
    'encode(empty)',
    () => using(model(), (m) => m.encode(tf.zeros([0, 3], 'int32'))),
    'received int32 of shape [0, 3], expected int32 [batch, time], no axis empty',
  ],
  [
    'call(array)',
    () => using(model(), (m) => call(m.call.bind(m), [[1, 2]])),
    'batch of a Transformer: received [[1, 2]], allowed { source, target }',
  ],
  [
    'call(arrays)',
    () => using(model(), (m) => call(m.call.bind(m), { source: [[1]], target: [[1]] })),
    'batch.source: received [[1]], expected int32',
  ],
  [
    'tokenMasks(null)',
    () => using(model(), (m) => call(m.tokenMasks.bind(m), null)),
    'batch of a Transformer: received null',
  ],
  [
    'decode without memory',
    () => using(model(), (m) => call(m.decode.bind(m), tf.ones([1, 2], 'int32'))),
    'memory of decode(), as encode() returns it: received undefined',
  ],
  [
    'encoder.call(floats)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.ones([1, 2]))),
    "ids at 'embedding': received float32 of shape [1, 2]",
  ],
  [
    'encoder.call(array)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), [[[1]]])),
    "ids at 'embedding': received [[[1]]]",
  ],
  [
    'encoder.call(an id too large)',
    () =>
      using(encoder({ ...sizes, method: admin() }), (m) =>
        call(m.call.bind(m), tf.tensor2d([[2, 9]], [1, 2], 'int32')),
      ),
    "token id at 'embedding': received 9, allowed 0 to 8",
  ],
  [
    'encoder.call(no sentence)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.zeros([0, 2, 8]))),
    'stream into the encoder: received float32 of shape [0, 2, 8]',
  ],
  [
    'encoder.call(another width)',
    () => using(encoder({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), tf.zeros([1, 2, 4]))),
    'width of the stream into the encoder: received 4, allowed 8',
  ],
  [
    'languageModel.call(text)',
    () => using(languageModel({ ...sizes, method: admin() }), (m) => call(m.call.bind(m), 'hello')),
    "ids at 'embedding': received 'hello'",
  ],
  [
    'a label below',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, -1], 'int32')),
    'softmaxCrossEntropy() label: received -1, allowed 0 to 2',
  ],
  [
    'a label above',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0, 3], 'int32')),
    'softmaxCrossEntropy() label: received 3, allowed 0 to 2',
  ],
  [
    'labels of another number',
    () => core.softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0], 'int32')),
    'as many as the 2 rows',
  ],
  [
    'labels as an array',
    () => call(core.softmaxCrossEntropy, tf.zeros([2, 3]), [0, 1]),
    "softmaxCrossEntropy() labels: received [0, 1], expected int32 [rows], no axis empty. Make one: tf.tensor(values, undefined, 'int32').",
  ],
  ['linear(array)', () => call(core.linear, [[1]], tf.ones([1, 1])), 'linear() x: received [[1]]'],
  ['unembed()', () => call(core.unembed), 'unembed() x: received undefined'],
  [
    'embedding(an id too large)',
    () => core.embedding(tf.tensor2d([[3]], [1, 1], 'int32'), tf.zeros([3, 2])),
    'embedding() id: received 3, allowed 0 to 2',
  ],
  [
    'layerNorm without weights',
    () => call(core.layerNorm, tf.ones([1, 2])),
    'layerNorm() weights: received undefined',
  ],
  [
    'addLayerNorm(array)',
    () => call(core.addLayerNorm, [[[1]]]),
    'addLayerNorm() shortcut: received [[[1]]]',
  ],
  ['swish(number)', () => call(core.swish, 1), 'swish() x: received 1'],
  [
    'gated by a prototype’s name',
    () => call(core.gated, tf.ones([1, 2]), 'constructor'),
    "unknown gate 'constructor'",
  ],
  [
    'gated(odd)',
    () => core.gated(tf.ones([1, 3]), 'relu'),
    'gated() width of x: received 3, allowed even numbers',
  ],
  [
    'dropout of everything',
    () => core.dropout(tf.ones([4]), 0.999999, [1, 2]),
    'dropout() rate: received 0.999999',
  ],
  ['dropout without a key', () => call(core.dropout, tf.ones([4]), 0.5), 'dropout() key: received undefined'],
  [
    'dropoutFactors(text)',
    () => call(core.dropoutFactors, [1, 2], '4', 0.5),
    "dropoutFactors() count: received '4'",
  ],
  ['attention()', () => call(core.attention), 'attention() inputs: received undefined'],
  [
    'attentionWeights without attrs',
    () => call(core.attentionWeights, { query: tf.ones([1, 2, 6]) }),
    'attention() attrs: received undefined',
  ],
  [
    'sinusoidalPositions()',
    () => call(core.sinusoidalPositions),
    'sinusoidalPositions() length: received undefined',
  ],
  ['padMask(array)', () => call(core.padMask, [[1]], 1), 'ids: received [[1]]'],
  [
    'flatten(tensor)',
    () => call(core.flatten, tf.ones([2])),
    'flatten(): received float32 of shape [2], allowed a list of tensors',
  ],
  ['unflatten(array)', () => call(core.unflatten, [1]), 'unflatten() flat: received [1]'],
  ['globalNorm(array)', () => call(core.globalNorm, [1]), 'globalNorm() gradient: received [1]'],
]);
