import {
  type Between,
  isRecord,
  type LanguageModel,
  type Module,
  type MovingAverage,
  type ParameterGroup,
  type RandomStream,
  such,
  type Transformer,
  type UpdateRule,
} from '@steadyformer/core';
import type { GenericSchema } from 'valibot';
import { having, isMethod } from './schemas';

// Objects of ours that calls are given, told by what is asked of them.

export const moduleOf = <Model extends Module>(): GenericSchema<Model> =>
  having(['parameters'], 'a Module, such as transformer(...)');

export const randomSource = (): GenericSchema<RandomStream> =>
  having(['fork', 'uniformAt'], 'a RandomStream, such as randomStream(1)');

export const updateRule = (): GenericSchema<UpdateRule> =>
  having(['coefficients'], 'a rule, such as radam()');

/** How learners on several machines join. */
export const learnersBetween = (): GenericSchema<Between> =>
  having(['stretch', 'reduce', 'gather'], 'what has stretch(), reduce() and gather()');

/** What is in them is for the optimizer to check, with the parameters. */
export const parameterGroups = (): GenericSchema<readonly ParameterGroup[]> =>
  such('a list of groups of parameters', Array.isArray);

export const movingAverage = (): GenericSchema<MovingAverage> =>
  having(['update', 'state', 'restore'], 'a MovingAverage, such as new MovingAverage(model.parameters())');

/** A model with a config, told by the methods that it has and has not. */
const model = <Model extends { readonly config: unknown }>(
  methods: readonly string[],
  allowed: string,
  without: readonly string[] = [],
): GenericSchema<Model> =>
  such<Model>(
    allowed,
    (value) =>
      methods.every((name) => isMethod(value, name)) &&
      !without.some((name) => isMethod(value, name)) &&
      isRecord((value as { readonly config?: unknown }).config),
  );

export const translationModel = (): GenericSchema<Transformer> =>
  model(['encode', 'decode', 'logits'], 'a Transformer, such as transformer(...)');

export const speaker = (): GenericSchema<LanguageModel> =>
  model(['decode', 'logits'], 'a LanguageModel, such as languageModel(...)', ['encode']);
