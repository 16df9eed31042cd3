import { languageModel, preLN, sgd, transformer } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { languageModelReplicas, translationReplicas } from './replicas';

const sizes = { vocabulary: 10, padId: 1, width: 4, heads: 1, depth: 1, method: preLN() };
const good = { model: transformer(sizes), rule: sgd() };

// Before any thread starts, and whatever the backend is.
it.each<readonly [string, unknown]>([
  ["translationReplicas(): unknown option 'cout', did you mean 'count'?", { ...good, cout: 2 }],
  ["translationReplicas(): unknown option '__proto__'", JSON.parse('{ "__proto__": 1 }')],
  ['translationReplicas(): received undefined, allowed an object of model, rule,', undefined],
  ['translationReplicas() model: received undefined, allowed a Transformer', { rule: sgd() }],
  ['translationReplicas() model: received a LanguageModel', { ...good, model: languageModel(sizes) }],
  ['translationReplicas() rule: received undefined, allowed a rule, such as radam()', { model: good.model }],
  ['translationReplicas() smoothing: received 1, allowed numbers in [0, 1)', { ...good, smoothing: 1 }],
  ["translationReplicas() checkpointing: received 'no'", { ...good, checkpointing: 'no' }],
  ['translationReplicas() count: received 0, allowed whole numbers >= 1', { ...good, count: 0 }],
  ["translationReplicas() entry: received './x.js', allowed a URL, such as", { ...good, entry: './x.js' }],
])('%s', async (message, options) => {
  await expect(translationReplicas(options as never)).rejects.toThrow(message);
});

const ofText = { model: languageModel(sizes), rule: sgd() };

it.each<readonly [string, unknown]>([
  ["languageModelReplicas(): unknown option 'cout', did you mean 'count'?", { ...ofText, cout: 2 }],
  ['languageModelReplicas(): received undefined, allowed an object of model, rule,', undefined],
  ['languageModelReplicas() model: received a Transformer, allowed a LanguageModel', good],
  ['languageModelReplicas() smoothing: received -1, allowed numbers in [0, 1)', { ...ofText, smoothing: -1 }],
  ['languageModelReplicas() count: received 1.5, allowed whole numbers >= 1', { ...ofText, count: 1.5 }],
])('%s', async (message, options) => {
  await expect(languageModelReplicas(options as never)).rejects.toThrow(message);
});
