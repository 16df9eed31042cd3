import { checkOneOf, checkRecord } from '../checks/errors';
import { Encoder, type EncoderConfig } from './encoder';
import { LanguageModel, type LanguageModelConfig } from './languageModel';
import { checkOwn, type FromConfigOptions } from './modelParts';
import { Transformer } from './transformer';
import type { TransformerConfig } from './transformerConfig';

/** The config of any kind of model, told apart by `kind`. */
export type FullConfig = TransformerConfig | LanguageModelConfig | EncoderConfig;

/** The model of a config. */
export type SteadyModel<Config extends FullConfig> = Config extends LanguageModelConfig
  ? LanguageModel
  : Config extends EncoderConfig
    ? Encoder
    : Transformer;

const makers: Readonly<
  Record<
    NonNullable<FullConfig['kind']>,
    (config: FullConfig, own: FromConfigOptions) => SteadyModel<FullConfig>
  >
> = {
  transformer: (config, own) => new Transformer(config as TransformerConfig, own),
  languageModel: (config, own) => new LanguageModel(config as LanguageModelConfig, own),
  encoder: (config, own) => new Encoder(config as EncoderConfig, own),
};

/**
 * Rebuilds a model from its JSON config, with fresh weights from the seed. The user's own residual methods and
 * branches are named in `own`. Throws on unknown kinds, keys, methods and modules, naming the nearest.
 */
export const fromConfig = <Config extends FullConfig>(
  config: Config,
  own: FromConfigOptions = {},
): SteadyModel<Config> => {
  checkOwn(own);
  checkRecord('config', config, 'an object, as model.config and its JSON are');
  const kind = checkOneOf('config.kind', config.kind === undefined ? 'transformer' : config.kind, [
    'transformer',
    'languageModel',
    'encoder',
  ]);
  return makers[kind](config, own) as SteadyModel<Config>;
};
