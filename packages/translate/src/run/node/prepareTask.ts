import { loadStateDict } from '@steadyformer/core';
import { bothSides, hasSides } from '../../subwords/vocabularies';
import type { TokenModel } from '../../training/modelKinds';
import type { ModelEvent } from '../events';
import type { Emit } from './loopParts';
import { givenVocabulary } from './readVocabulary';
import type { RunParts } from './runParts';
import { learnFrom, makeTask, readText, type Task } from './task';

/** Data, vocabulary and model, with the weights of the checkpoint where there is one. */
export const prepareTask = async (
  { config, options: { own = {} }, before }: Pick<RunParts, 'config' | 'options' | 'before'>,
  emit: Emit,
  signal: AbortSignal,
): Promise<Task> => {
  const onStage = (stage: string, done: number, total?: number): void => {
    signal.throwIfAborted();
    void emit({ event: 'progress', stage, done, ...(total === undefined ? {} : { total }) });
  };
  const saved = before?.latest?.checkpoint;
  const given = await givenVocabulary(config.vocabulary);
  const text = await readText(config, onStage);
  // Of little text nothing is told on the way.
  signal.throwIfAborted();
  const vocabulary = saved?.vocabulary ?? given ?? learnFrom(text, config, onStage);
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  const shared = !hasSides(vocabulary);
  await emit({ event: 'vocabulary', source: source.size, target: target.size, shared });
  const task = makeTask(text, vocabulary, config, own);
  try {
    if (saved) loadStateDict(task.model, saved.parameters);
    const { train, valid, test, dropped, tooLong } = task.counts;
    await emit({ event: 'data', train, valid, test, dropped, batches: task.train.count, tooLong });
    await emit(modelEvent(task.model));
    return task;
  } catch (error) {
    task.model.dispose();
    throw error;
  }
};

const modelEvent = (model: TokenModel): ModelEvent => {
  const { config } = model;
  const stacks =
    config.kind === 'languageModel'
      ? { decoder: config.decoder }
      : { encoder: config.encoder, decoder: config.decoder };
  const each = <T>(of: (stack: typeof config.decoder) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, of(stack)]));
  return {
    event: 'model',
    kind: config.kind ?? 'transformer',
    parameters: model.parameterCount(),
    width: config.width,
    depth: each(({ depth }) => depth),
    method: each(({ method }) => method.name),
  };
};
