import { checkOneOf, checkOptions, checkRecord } from '../checks/errors';
import { type MethodFactory, methodFrom } from '../residual/methods';
import type { BuildOptions, StackMethods } from './architecture';
import { checkEncoder, Encoder, type EncoderConfig } from './encoder';
import { checkLanguageModel, LanguageModel, type LanguageModelConfig } from './languageModel';
import { checkModel, Model, type ModelConfig } from './model';
import { modelParts } from './parts';
import type { StackConfig } from './schema';
import { checkTransformer, Transformer, type TransformerConfig } from './transformer';

/** Options of `fromConfig`. */
export interface FromConfigOptions extends BuildOptions {
  /** The user's own residual methods, by the name the config uses. */
  readonly methods?: Readonly<Record<string, MethodFactory>>;
}

/** The config of any kind of model, told apart by `kind`. */
export type FullConfig = TransformerConfig | LanguageModelConfig | EncoderConfig | ModelConfig;

/** The model of a config. */
export type SteadyModel<Config extends FullConfig> = Config extends LanguageModelConfig
  ? LanguageModel
  : Config extends EncoderConfig
    ? Encoder
    : Config extends ModelConfig
      ? Model
      : Transformer;

type Build = (
  methodsOf: (stacks: Readonly<Record<string, StackConfig>>) => StackMethods,
  own: BuildOptions,
) => unknown;

/** What makes each kind, once its config is known to be one. */
const KINDS = {
  transformer:
    (config: TransformerConfig): Build =>
    (methodsOf, own) => {
      const { encoder, decoder } = checkTransformer(config);
      return new Transformer(config, methodsOf({ encoder, decoder }), own);
    },
  languageModel:
    (config: LanguageModelConfig): Build =>
    (methodsOf, own) => {
      const { decoder } = checkLanguageModel(config);
      return new LanguageModel(config, methodsOf({ decoder }), own);
    },
  encoder:
    (config: EncoderConfig): Build =>
    (methodsOf, own) => {
      const { encoder } = checkEncoder(config);
      return new Encoder(config, methodsOf({ encoder }), { ...own, parts: modelParts });
    },
  stacks:
    (config: ModelConfig): Build =>
    (methodsOf, own) =>
      new Model(config, methodsOf(checkModel(config).stacks), own),
};

/**
 * Rebuilds a model from its JSON config, with fresh weights from the seed. The user's own residual methods and
 * branches are named in `own`. Throws on unknown kinds, keys, methods and modules, naming the nearest.
 */
export const fromConfig = <Config extends FullConfig>(
  config: Config,
  own: FromConfigOptions = {},
): SteadyModel<Config> => {
  checkOptions(own, ['seed', 'methods', 'modules'], 'fromConfig()');
  checkRecord('config', config, 'an object, as model.config and its JSON are');
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const kind = checkOneOf('config.kind', config.kind === undefined ? 'transformer' : config.kind, kinds);
  const { methods, ...build } = own;
  const methodsOf = (stacks: Readonly<Record<string, StackConfig>>): StackMethods =>
    Object.fromEntries(
      Object.entries(stacks).map(([name, { method }]) => [name, methodFrom(method, methods)]),
    );
  return KINDS[kind](config as never)(methodsOf, build) as SteadyModel<Config>;
};
