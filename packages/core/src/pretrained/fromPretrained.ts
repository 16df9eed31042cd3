import { check, checkRecord } from '../checks/errors';
import { randomStream } from '../random/random';
import { withoutInitialValues } from '../state/initial';
import { undoing } from '../state/module';
import { loadStateDict } from '../state/parameters';
import { readBert } from './bert';
import type { Blueprint } from './blueprint';
import { readGpt2 } from './gpt2';
import { readLlama } from './llama';
import { readMarian } from './marian';
import { type PretrainedKind, PretrainedModel } from './model';
import { CONFIG, type PretrainedSource } from './source';
import { CheckpointTensors } from './tensors';

const READERS: Readonly<Record<PretrainedKind, (json: unknown, from: CheckpointTensors) => Blueprint>> = {
  gpt2: readGpt2,
  bert: readBert,
  llama: readLlama,
  marian: readMarian,
};

/** Whether it is the `config.json` of a checkpoint of transformers', of whatever architecture. */
export const isPretrainedConfig = (config: unknown): boolean =>
  typeof (Object(config) as { readonly model_type?: unknown }).model_type === 'string';

/**
 * A checkpoint of GPT-2, BERT, Llama or Marian as a model of our stacks, with the same function: whatever measures or
 * predicts a model of ours (`dependency`, `outputChange`, `predict`, `gradientNorms`, ...) takes it. Its source comes from
 * `readPretrained` (Node) or `decodePretrained`. Text is not its concern: batches are ids, `{ ids, types }`, or
 * `{ source, target }` for Marian. The caller disposes it.
 *
 * @throws SteadyformerError on another architecture, on a field of `config.json` that changes the function in a way that
 *   is not read (quantised weights, stretched rotary positions, ...), and on tensors that are missing, misshapen or left over
 */
export const fromPretrained = async (source: PretrainedSource): Promise<PretrainedModel> => {
  const allowed = '{ config, tensors }, as readPretrained() and decodePretrained() give them';
  checkRecord('fromPretrained()', source, allowed);
  checkRecord('fromPretrained() config', source.config, 'what config.json holds');
  checkRecord('fromPretrained() tensors', source.tensors, 'arrays by name');
  const { model_type } = source.config as { readonly model_type?: string };
  const names = Object.keys(READERS).map((name) => `'${name}'`);
  const next = 'Load one of these, or build the model from Stack and set its weights by loadStateDict.';
  const known = typeof model_type === 'string' && Object.hasOwn(READERS, model_type);
  check(known, `${CONFIG}: model_type`, model_type, names.join(', '), next);
  const read = READERS[model_type as PretrainedKind];
  const { config, state, build } = read(source.config, new CheckpointTensors(source.tensors));
  const undo = undoing();
  try {
    const parts = await withoutInitialValues(() => build(randomStream(1)));
    const model = new PretrainedModel(config, parts);
    loadStateDict(model, state);
    return model;
  } catch (error) {
    throw undo(error);
  }
};
