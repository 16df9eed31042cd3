import { parentPort, workerData } from 'node:worker_threads';
import { fromConfig, SteadyformerError, selectBackend, type Transformer } from '@steadyformer/core';
import { collectGarbage, withoutInitialValues } from '@steadyformer/core/node';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import { Bpe } from '../../subwords/bpe';
import { type PartialTranslation, Translator } from '../translator';
import { layOver } from './sharedWeights';
import type {
  TranslatorNews,
  TranslatorReply,
  TranslatorRequest,
  TranslatorResult,
  TranslatorStart,
  TranslatorWork,
} from './translatorProtocol';

/** A translator that does pieces of another one's work. */
class Worker extends Translator {
  async work(
    work: TranslatorWork,
    tell: (news: TranslatorNews) => void,
    signal: AbortSignal,
  ): Promise<TranslatorResult> {
    if (work.kind === 'score') return this.forced(work.pairs, { ...work.settings, signal });
    const { group, settings, tell: wanted } = work;
    let partials: PartialTranslation[] = [];
    const onStep = (done: number, token: number): void => {
      tell({ done, token, partials });
      partials = [];
    };
    return this.group(group, settings, {
      signal,
      ...(wanted.step || wanted.partial ? { onStep } : {}),
      ...(wanted.partial ? { onPartial: (partial) => partials.push(partial) } : {}),
    });
  }
}

const built = async ({ configs, weights, vocabulary }: TranslatorStart, own: OwnParts): Promise<Worker> => {
  const models = await withoutInitialValues(() =>
    configs.map((config) => fromConfig(config, own) as Transformer),
  );
  let at = 0;
  for (const model of models) at = layOver(model, weights, at);
  const sides =
    'source' in vocabulary
      ? { source: Bpe.fromJSON(vocabulary.source), target: Bpe.fromJSON(vocabulary.target) }
      : Bpe.fromJSON(vocabulary);
  return new Worker(models, sides);
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
  await selectBackend();
  const translator = await built(workerData as TranslatorStart, own);
  collectGarbage();
  const reply = (message: TranslatorReply): void => port.postMessage(message);
  let controller = new AbortController();
  port.on('message', async (request: TranslatorRequest) => {
    if (request.kind === 'abort') {
      controller.abort();
      return;
    }
    controller = new AbortController();
    try {
      const tell = (news: TranslatorNews): void => reply({ kind: 'news', news });
      reply({ kind: 'result', result: await translator.work(request, tell, controller.signal) });
    } catch (error) {
      const known = error instanceof SteadyformerError;
      reply({ kind: 'error', error: error instanceof Error ? error.message : String(error), known });
    }
  });
  reply({ kind: 'ready' });
};
