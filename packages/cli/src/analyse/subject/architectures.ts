import { basename } from 'node:path';
import {
  encoderConfig,
  type FullConfig,
  fromConfig,
  invalidArgument,
  languageModelConfig,
  loadStateDict,
  methodFrom,
  methods,
  type StackConfig,
  SteadyformerError,
  transformerConfig,
} from '@steadyformer/core';
import type { PretrainedConfig } from '@steadyformer/core/pretrained';
import { readConfig, readSavedModel, type SavedModel } from '../../input/savedModel';
import { type BatchSizes, readSentences } from '../../input/sentences';
import { ARCHITECTURES, type ModelOptions, names } from '../options';
import { isPretrained, pretrainedSubject } from './pretrained';
import { batchOf, freshSubject, type Subject } from './subject';

/** What a command looks at: a named method, a config, or a saved model. */
export interface Architecture {
  readonly name: string;
  /** At the depth of the config or the saved model, else at the command's. */
  readonly config: FullConfig | PretrainedConfig;
  /** A saved model is as deep as it is; others are built at any depth. */
  readonly saved: boolean;
  /** A model with `depth` blocks (default the config's), weights and batch from the seed. */
  readonly build: (seed: number, depth?: number) => Promise<Subject>;
}

/**
 * The architectures of a command: saved models where there are any, else configs, else residual methods by name.
 * Throws on names, files and configs that are not what they should be.
 */
export const architecturesOf = async (options: ModelOptions, sizes: BatchSizes): Promise<Architecture[]> => {
  const { architectures = ARCHITECTURES, config: configs, model: saved } = options;
  if (saved.length > 0)
    return Promise.all(saved.map((path) => savedArchitecture(path, label(path, saved), configs, sizes)));
  if (configs.length > 0) {
    return Promise.all(
      configs.map(async (file) => {
        const config = await readConfig(file);
        // Says at once what is wrong with it.
        fromConfig(config).dispose();
        return fresh(label(file, configs), options.depth ? atDepth(config, options.depth) : config, sizes);
      }),
    );
  }
  const list = names(architectures, Object.keys(methods), '--architectures');
  const vocabulary = await vocabularyOf(options);
  return list.map((name) => fresh(name, namedConfig(name, options, vocabulary), sizes));
};

/** Weights that a model of core may have. */
const MOST_WEIGHTS = 2 ** 30;

/** Ids of named architectures: those asked for, or those that the file needs. */
const vocabularyOf = async ({ data, vocab, width = 128 }: ModelOptions): Promise<number> => {
  if (data === undefined) return vocab;
  const { vocabulary, largestIn } = await readSentences(data, vocab);
  const most = Math.floor(MOST_WEIGHTS / width);
  if (vocabulary <= most || largestIn === undefined) return vocabulary;
  throw invalidArgument({
    what: `--data ${data}, line ${largestIn}: id`,
    received: vocabulary - 1,
    allowed: `whole numbers below ${most}, so that a table of width ${width} has at most 2^30 weights`,
  });
};

/** The last part of a path, or all of it where others end alike. */
const label = (path: string, all: readonly string[]): string => {
  const short = (each: string): string => basename(each).replace(/\.(json|safetensors)$/, '');
  return all.filter((each) => short(each) === short(path)).length > 1 ? path : short(path);
};

const fresh = (name: string, config: FullConfig, sizes: BatchSizes): Architecture => ({
  name,
  config,
  saved: false,
  build: (seed, depth) => freshSubject(depth ? atDepth(config, depth) : config, sizes, seed),
});

const savedArchitecture = async (
  path: string,
  name: string,
  configs: readonly string[],
  sizes: BatchSizes,
): Promise<Architecture> => {
  if (await isPretrained(path)) {
    const { config, build } = await pretrainedSubject(path, sizes);
    return { name, config, saved: true, build: build as unknown as Architecture['build'] };
  }
  const { parameters, config } = await withConfig(path, configs);
  return {
    name,
    config,
    saved: true,
    build: async (seed) => {
      const model = fromConfig(config);
      try {
        loadStateDict(model, parameters);
        return {
          config,
          model: model as unknown as Subject['model'],
          batch: await batchOf(config, sizes, seed),
        };
      } catch (error) {
        model.dispose();
        throw error;
      }
    },
  };
};

/** A saved model whose config is known: its own, else the one `--config` names. */
export const withConfig = async (path: string, configs: readonly string[]): Promise<Required<SavedModel>> => {
  const { parameters, config = configs[0] === undefined ? undefined : await readConfig(configs[0]) } =
    await readSavedModel(path);
  if (config) return { parameters, config };
  throw new SteadyformerError(
    `${path}: the weights come without a config; name it with --config FILE, or put config.json beside them`,
  );
};

const namedConfig = (name: string, options: ModelOptions, vocabulary: number): FullConfig => {
  const { width = 128, heads = 4, ffn, depth = 6, kind = 'encoder' } = options;
  const method = methodFrom({ name });
  const shared = { vocabulary, padId: 1, width, heads, depth, method, ...(ffn ? { feedForward: ffn } : {}) };
  switch (kind) {
    case 'encoder':
      return encoderConfig(shared);
    case 'languageModel':
      return languageModelConfig(shared);
    case 'transformer':
      return transformerConfig(shared);
  }
};

/** The stacks of a config of any kind, by name. */
export const stacksOf = (config: FullConfig): Readonly<Record<string, StackConfig>> => {
  if (config.kind === 'stacks') return config.stacks;
  return {
    ...('encoder' in config ? { encoder: config.encoder } : {}),
    ...('decoder' in config ? { decoder: config.decoder } : {}),
  };
};

/** Blocks of a config's deepest stack. */
export const depthOf = (config: FullConfig | PretrainedConfig): number =>
  config.kind === 'pretrained'
    ? Math.max(...Object.values(config.depth))
    : Math.max(...Object.values(stacksOf(config)).map(({ depth }) => depth));

/** The config with `depth` blocks in every stack. */
const atDepth = (config: FullConfig, depth: number): FullConfig => {
  const stacks = Object.fromEntries(
    Object.entries(stacksOf(config)).map(([name, stack]) => [name, { ...stack, depth }]),
  );
  return { ...config, ...(config.kind === 'stacks' ? { stacks } : stacks) } as FullConfig;
};
