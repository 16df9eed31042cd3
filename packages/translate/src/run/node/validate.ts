import type { Transformer } from '@steadyformer/core';
import { evaluateLoss } from '../../training/evaluate';
import type { ValidationEvent } from '../events';
import type { LoopParts } from './loopParts';
import { scorePairs } from './score';

/** What a validation measures. */
export type Validation = Omit<ValidationEvent, 'best'>;

/** Measures the model on held-out text, with the averages in the place of its weights where it has them. */
export const validate = async ({
  task,
  config,
  average,
  trainer,
  signal,
  emit,
}: LoopParts): Promise<Validation> => {
  const stage = (name: string) => (done: number, total: number) => {
    signal.throwIfAborted();
    void emit({ event: 'progress', stage: name, done, total });
  };
  const measured = async (): Promise<Validation> => {
    const told = stage('validating');
    const { loss, perplexity } = await evaluateLoss(task.model, task.valid.epoch(), task.loss, {
      onProgress: ({ batches }) => told(batches, task.valid.count),
    });
    const { bleu: wanted, metric, sentences } = config.validation;
    const pairs = task.pairs.valid.slice(0, sentences);
    const plain: Validation = { event: 'validation', update: trainer.updates, loss, perplexity };
    if (pairs.length === 0 || !(wanted || metric === 'bleu')) return plain;
    const { bleu, signature, samples } = await scorePairs(
      task.model as Transformer,
      task.vocabulary,
      pairs,
      config.decoding,
      stage('translating'),
    );
    return { ...plain, bleu, signature, samples };
  };
  return average ? average.use(measured) : measured();
};
