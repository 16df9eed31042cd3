import { asLayer, type ModuleLayer, registerModules } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { either, listOf, oneOf, real, text, whole } from '../domains';
import { optionsReader } from '../optionsReader';
import { jsonReader, jsonTextReader, type Reader } from '../reader';

registerModules();
const config = { width: 4, heads: 2, feedForward: 8, depth: 1, method: { name: 'preLN', options: {} } };
const description = () => ({ factory: 'encoder', config: structuredClone(config) });

const variablesOf = (layer: tf.layers.Layer): tf.Variable[] =>
  (layer as ModuleLayer).module.parameters().map(({ parameter }) => parameter.variable);

/** What the layer computes of one sentence of two tokens; the layer is disposed. */
const outputOf = (layer: tf.layers.Layer): string | undefined => {
  try {
    const finite = tf.tidy(() => {
      const output = layer.apply(tf.ones([1, 2, 4])) as tf.Tensor;
      return [...output.dataSync()].every(Number.isFinite);
    });
    return finite ? undefined : 'it computes no numbers';
  } finally {
    if (layer.built) layer.dispose();
    else tf.dispose(variablesOf(layer));
  }
};

const saved = (): string => {
  const layer = asLayer(description(), { name: 'x' });
  const json = JSON.stringify(layer.getConfig());
  tf.dispose(variablesOf(layer));
  return json;
};
const savedConfig = saved();

export const layers: readonly Reader[] = [
  jsonReader({
    name: 'core: asLayer',
    weight: 2,
    sound: [description],
    read: (json) => outputOf(asLayer(json as ReturnType<typeof description>)),
    judge: (said) => said,
  }),
  optionsReader({
    name: 'core: asLayer, options',
    options: {
      name: text('x'),
      inputShape: listOf([null, 4], either(oneOf(null), whole(4)), 2),
      seed: real(3),
    },
    together: ({ name = 'x', inputShape = [1, 1] }: { name?: string; inputShape?: unknown[] }) =>
      /^[A-Za-z0-9][-A-Za-z0-9._/]*$/u.test(name) && inputShape.length === 2 && inputShape[1] !== null,
    call: (o) => outputOf(asLayer(description(), o)),
  }),
  jsonTextReader({
    name: 'core: asLayer, saved',
    weight: 2,
    sound: [() => JSON.stringify(config)],
    read: (module) => {
      const found = tf.serialization.SerializationMap.getMap().classNameMap['Steadyformer.encoder']!;
      const [Layer, fromConfig] = found;
      const whole = { ...JSON.parse(savedConfig), module };
      return outputOf(fromConfig(Layer as never, whole) as never);
    },
    judge: (said) => said,
  }),
];
