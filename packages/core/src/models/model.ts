import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { check, checkOptions, checkRecord, entryOf, SteadyformerError } from '../checks/errors';
import { at, type Entries, fields, oneOf, parseAs, text, whole } from '../checks/schema';
import type { Context, StackMemory } from '../context/context';
import type { ResidualMethod } from '../residual/residual';
import type { Module } from '../state/module';
import type {
  Architecture,
  ArchitectureStack,
  BuildOptions,
  EmbeddingConfig,
  StackMethods,
} from './architecture';
import { usualBlock } from './blockConfig';
import { checkBuildable } from './build';
import { padMask, prefixMask } from './masks';
import { NamedStacks } from './namedStacks';
import { type SharedOptions, type StackParts, sharedConfig, stackConfig } from './options';
import { modelParts } from './parts';
import { byName, type SharedConfig, sharedEntries, stackEntries } from './schema';
import type { Stacked } from './stacked';

/** Ids [B, T] int32, and how many at the beginning of each sentence all its positions see: [B] int32. */
export interface PrefixedIds {
  readonly ids: tf.Tensor2D;
  readonly prefix: tf.Tensor1D;
}

/** What enters a stack: ids [B, T] int32, those with prefixes, or a stream [B, T, D]. */
export type StackInput = tf.Tensor2D | tf.Tensor3D | PrefixedIds;

/** A model of any stacks as JSON. */
export interface ModelConfig extends SharedConfig, Architecture {
  readonly kind: 'stacks';
}

/** One stack of a model. */
export interface ModelStack extends StackParts {
  /**
   * Whether position i sees positions <= i only. 'prefix': those, and the first positions of its sentence, as many as its
   * input says. Default false.
   */
  readonly causal?: boolean | 'prefix';
  /** The stacks before it whose outputs it reads by cross-attention. Default none. */
  readonly reads?: string | readonly string[];
  /** The table of the ids that enter it. Absent: streams [B, T, D] enter it. */
  readonly embedding?: string;
}

/** Options of `model`. */
export interface ModelOptions extends Omit<SharedOptions, 'heads'> {
  /** Needed where a block has attention. */
  readonly heads?: number;
  /** The id of pads, in all vocabularies. Default 1. */
  readonly padId?: number;
  /** Tables of tokens by name: `{ vocabulary }`, or the name of the table before it that it is one with. Default none. */
  readonly embeddings?: Readonly<Record<string, EmbeddingConfig>>;
  /** Stacks by name, in the order in which they run; what leaves the last is the model's output. */
  readonly stacks: Readonly<Record<string, ModelStack>>;
  /** The table of the output projection. Default none: the output is what leaves the last stack. */
  readonly output?: string;
}

const stackFields = (name: string): Entries<ArchitectureStack> => ({
  ...stackEntries(name),
  causal: oneOf([true, false, 'prefix']),
  reads: v.array(text(), 'a list of names'),
  embedding: v.optional(text()),
});

const stackSchema = (name: string): v.GenericSchema<ArchitectureStack> =>
  fields(stackFields(name)) as v.GenericSchema<ArchitectureStack>;

const tableSchema = (): v.GenericSchema<EmbeddingConfig> =>
  v.lazy((entry) =>
    typeof entry === 'string' ? text() : fields({ vocabulary: whole() }),
  ) as v.GenericSchema<EmbeddingConfig>;

const configEntries = (): Entries<ModelConfig> => ({
  kind: oneOf(['stacks']),
  embeddings: byName('a table', tableSchema),
  stacks: byName('a stack', stackSchema),
  output: v.optional(text()),
  ...sharedEntries(),
});

/** Throws on what is no config, naming the field, and where stacks and tables do not fit together. */
export const checkModel = (config: ModelConfig, where = 'config'): ModelConfig => {
  parseAs(fields(configEntries()), config, where);
  const { embeddings, stacks, output } = config;
  const names = Object.keys(stacks);
  check(names.length > 0, at(where, 'stacks'), stacks, 'one stack or more');
  const known: Record<string, EmbeddingConfig> = {};
  for (const [name, entry] of Object.entries(embeddings)) {
    if (typeof entry === 'string') entryOf(known, entry, `table before '${name}'`);
    known[name] = entry;
  }
  for (const [i, name] of names.entries()) {
    const { reads, embedding } = stacks[name]!;
    const before = Object.fromEntries(names.slice(0, i).map((each) => [each, true]));
    for (const each of reads) entryOf(before, each, `stack that '${name}' reads, of those before it,`);
    if (embedding !== undefined) entryOf(embeddings, embedding, `table of '${name}'`);
    const read = i === names.length - 1 || names.some((each) => stacks[each]!.reads.includes(name));
    if (!read) {
      throw new SteadyformerError(
        `${where}: nothing reads the stack '${name}', and it is not the last; name it in { reads } of a later one`,
      );
    }
  }
  if (output !== undefined) entryOf(embeddings, output, 'table of the output');
  checkBuildable(config, config, where);
  return config;
};

const isAttention = (module: string): boolean => module === 'selfAttention' || module === 'crossAttention';

/** The full config of the options; throws on unknown or impossible ones. */
export const modelConfig = (options: ModelOptions): ModelConfig => {
  const keys = Object.keys(configEntries()).filter((key) => key !== 'kind');
  checkOptions(options, keys, 'Model');
  const { padId = 1, heads, embeddings = {}, stacks: given, output } = options;
  checkRecord('Model stacks', given, '{ name: { depth, method } }');
  const stacks = Object.entries(given).map(([name, stack]) => {
    checkOptions(stack, Object.keys(stackFields(name)), `stack '${name}'`);
    const { causal = false, reads = [], embedding } = stack;
    const of: ArchitectureStack = {
      ...stackConfig(stack, name),
      causal,
      reads: typeof reads === 'string' ? [reads] : reads,
      ...(embedding === undefined ? {} : { embedding }),
    };
    return [name, of] as const;
  });
  const attends = stacks.some(([, { block, reads }]) =>
    (block ?? usualBlock(reads)).some(({ name, module = name }) => isAttention(module)),
  );
  check(
    heads !== undefined || !attends,
    'Model heads',
    heads,
    'a divisor of the width, where there is attention',
  );
  const config: ModelConfig = {
    kind: 'stacks',
    ...sharedConfig({ ...options, heads: heads ?? 1, padId }, 'Model'),
    embeddings,
    stacks: Object.fromEntries(stacks),
    ...(output === undefined ? {} : { output }),
  };
  return checkModel(config, 'Model');
};

/** The name of the stack whose output is the model's. No method: stacks may have its name. */
const lastOf = ({ stacks }: ModelConfig): string => Object.keys(stacks).at(-1)!;

const tokensOf = (input: StackInput): tf.Tensor2D | tf.Tensor3D =>
  'ids' in Object(input) ? (input as PrefixedIds).ids : (input as tf.Tensor2D | tf.Tensor3D);

/** The prefixes of an input, where its stack asks for them. Throws where it does not, or they are missing. */
const checkedPrefix = (where: string, input: StackInput, prefixed: boolean): tf.Tensor1D | undefined => {
  const { ids, prefix } = Object(input) as Partial<PrefixedIds>;
  if (!prefixed) {
    check(prefix === undefined, `${where} prefix`, prefix, "none, as the stack is not causal: 'prefix'");
    return undefined;
  }
  checkRecord(where, input, '{ ids, prefix }, int32 tensors [batch, tokens] and [batch]');
  const fits = prefix?.dtype === 'int32' && prefix.rank === 1 && prefix.size === ids?.shape[0];
  check(fits, `${where} prefix`, prefix, 'an int32 tensor [batch], a number a sentence');
  return prefix;
};

/** A model of any named stacks: several encoders, a prefix language model, a residual MLP, ... */
export class Model extends NamedStacks<ModelConfig> implements Stacked<Readonly<Record<string, StackInput>>> {
  /** The config as `modelConfig` or `fromConfig` has checked it, and the method of every stack. */
  constructor(config: ModelConfig, methods: StackMethods, build: BuildOptions = {}) {
    super(config, config, methods, { ...build, parts: modelParts });
  }

  /** The names are the user's: none may hide what a model has. */
  protected override hold(name: string, part: Module): void {
    const allowed = 'names that no property or method of a model has';
    check(!(name in this), 'name of a stack or table', name, allowed);
    super.hold(name, part);
  }

  /** Runs every stack but the last on its input: what later ones read, by name. */
  encode(
    inputs: Readonly<Record<string, StackInput>>,
    context: Context = {},
  ): Readonly<Record<string, StackMemory>> {
    const { mask: _, ...rest } = context;
    const memories: Record<string, StackMemory> = {};
    tf.tidy(() => {
      for (const name of Object.keys(this.config.stacks).slice(0, -1)) {
        const input = entryOf(inputs, name, 'input of a stack');
        const memory = this.enter(name, input, { ...rest, ...this.read(name, memories) });
        const ids = tokensOf(input);
        const pads = ids.rank === 2 ? { memoryMask: padMask(ids as tf.Tensor2D, this.config.padId) } : {};
        memories[name] = { memory, ...pads };
      }
      return Object.values(memories).flatMap(({ memory, memoryMask }) =>
        memoryMask ? [memory, memoryMask] : [memory],
      );
    });
    return memories;
  }

  /** The last stack on its input and what it reads: [B, T, D]. With a cache, ids are only the new positions. */
  decode(
    input: StackInput,
    memories: Readonly<Record<string, StackMemory>> = {},
    context: Context = {},
  ): tf.Tensor3D {
    const name = lastOf(this.config);
    const output = this.enter(name, input, { ...context, ...this.read(name, memories) });
    if (context.cache) context.cache.length += output.shape[1];
    return output;
  }

  /** What enters each stack, by name: logits [B, T, V], or what leaves the last stack [B, T, D]. */
  call(inputs: Readonly<Record<string, StackInput>>, context: Context = {}): tf.Tensor3D {
    checkOptions(inputs, Object.keys(this.config.stacks), 'inputs of a Model');
    return tf.tidy(() => {
      const input = entryOf(inputs, lastOf(this.config), 'input of a stack');
      const output = this.decode(input, this.encode(inputs, context), context);
      return this.config.output === undefined ? output : this.logits(output);
    });
  }

  /** 1 at real tokens, 0 at pads, [B, T], for each stack that ids enter. */
  tokenMasks(inputs: Readonly<Record<string, StackInput>>): Readonly<Record<string, tf.Tensor2D>> {
    const ids = Object.entries(inputs).map(([name, input]) => [name, tokensOf(input)] as const);
    return this.realTokens(Object.fromEntries(ids));
  }

  private enter(name: string, input: StackInput, context: Context): tf.Tensor3D {
    const prefixed = this.config.stacks[name]!.causal === 'prefix';
    const prefix = checkedPrefix(`${name} input`, input, prefixed);
    return tf.tidy(() => {
      const ids = tokensOf(input);
      const mask = prefix && prefixMask(prefix, ids.shape[1], context.cache?.length ?? 0);
      return this.run(name, ids, context, mask);
    });
  }

  /** The part of a context that a stack reads other stacks by. */
  private read(
    name: string,
    memories: Readonly<Record<string, StackMemory>>,
  ): Pick<Context, 'memories'> & Partial<StackMemory> {
    const { reads } = this.config.stacks[name]!;
    const chosen = reads.map((each) => [each, entryOf(memories, each, `memory of '${name}'`)] as const);
    return { memories: Object.fromEntries(chosen), ...(chosen.length === 1 ? chosen[0]![1] : {}) };
  }
}

/** A model from options, its weights drawn from `seed` (default 1). */
export const model = (
  options: ModelOptions,
  seed = 1,
  modules: NonNullable<BuildOptions['modules']> = {},
): Model => {
  const config = modelConfig(options);
  const methods = Object.fromEntries(
    Object.entries(options.stacks).map(([name, { method }]): [string, ResidualMethod] => [name, method]),
  );
  return new Model(config, methods, { seed, modules });
};
