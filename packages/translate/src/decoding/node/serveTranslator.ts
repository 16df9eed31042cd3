import { parentPort, workerData } from 'node:worker_threads';
import { fromConfig, SteadyformerError, selectBackend, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import { Bpe } from '../../subwords/bpe';
import { Translator } from '../translator';
import type { TranslatorReply, TranslatorRequest, TranslatorStart } from './translatorProtocol';

/** Puts a model's parameters over the shared weights, the first at element `at`. Returns where the next model's begin. */
const share = (model: Transformer, weights: SharedArrayBuffer, at: number): number => {
  let next = at;
  for (const { parameter } of model.parameters()) {
    const values = new Float32Array(weights, 4 * next, parameter.size);
    const tensor = tf.tensor(values, [...parameter.shape], 'float32');
    parameter.assign(tensor);
    tensor.dispose();
    next += parameter.size;
  }
  return next;
};

/**
 * The whole of a module that a thread of `ParallelTranslator` runs, beside imports of your own methods and branches.
 *
 * @throws SteadyformerError outside such a thread.
 */
export const serveTranslator = async (own: OwnParts = {}): Promise<void> => {
  const port = parentPort;
  if (!port)
    throw new SteadyformerError('serveTranslator() runs in a thread that ParallelTranslator.start() starts');
  checkOwnParts('serveTranslator() own', own);
  const { configs, weights, vocabulary } = workerData as TranslatorStart;
  await selectBackend();
  let at = 0;
  const models = configs.map((config) => {
    const model = fromConfig(config, own) as Transformer;
    at = share(model, weights, at);
    return model;
  });
  const sides =
    'source' in vocabulary
      ? { source: Bpe.fromJSON(vocabulary.source), target: Bpe.fromJSON(vocabulary.target) }
      : Bpe.fromJSON(vocabulary);
  const translator = new Translator(models, sides);
  let controller = new AbortController();
  port.on('message', async (request: TranslatorRequest) => {
    if (request.kind === 'abort') {
      controller.abort();
      return;
    }
    controller = new AbortController();
    let reply: TranslatorReply;
    try {
      const options = { ...request.options, signal: controller.signal };
      reply = { translations: await translator.translate(request.sentences, options) };
    } catch (error) {
      const known = error instanceof SteadyformerError;
      reply = { error: error instanceof Error ? error.message : String(error), known };
    }
    port.postMessage(reply);
  });
  port.postMessage({ translations: [] } satisfies TranslatorReply);
};
