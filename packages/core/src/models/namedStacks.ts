import * as tf from '@tensorflow/tfjs';
import { check, checkOptions, checkRecord, SteadyformerError } from '../checks/errors';
import { type Context, scope } from '../context/context';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { randomStream } from '../random/random';
import type { Stack } from '../residual/stack';
import { Module, undoing } from '../state/module';
import type { Architecture, BuildOptions, StackMethods } from './architecture';
import { buildStack, checkMethods, tableOptions } from './build';
import { joinedMask, padMask, prefixMask, realTokens } from './masks';
import type { SharedConfig } from './schema';

/** Ids [B, T] int32, and how many at the beginning of each sentence all its positions see: [B] int32. */
export interface PrefixedIds {
  readonly ids: tf.Tensor2D;
  readonly prefix: tf.Tensor1D;
}

/** What enters a stack: ids [B, T] int32, those with prefixes, or a stream [B, T, D]. */
export type StackInput = tf.Tensor2D | tf.Tensor3D | PrefixedIds;

/** What all kinds of model are: named stacks and tables of tokens, each a field under its own name. */
export abstract class NamedStacks<Config extends SharedConfig = SharedConfig> extends Module {
  readonly config: Config;
  /** As functions: a record of modules would count among the parts a second time. */
  private readonly part: { stack(name: string): Stack; table(name: string): TokenEmbedding | undefined };

  constructor(
    config: Config,
    readonly architecture: Architecture,
    methods: StackMethods,
    build: BuildOptions,
  ) {
    super();
    checkOptions(build, ['seed', 'modules'], 'options of a model');
    checkMethods(methods, architecture);
    this.config = config;
    const tables: Record<string, TokenEmbedding> = {};
    const stacks: Record<string, Stack> = {};
    this.part = { stack: (name) => stacks[name]!, table: (name) => tables[name] };
    const undo = undoing();
    const random = randomStream(build.seed ?? 1);
    try {
      for (const [name, entry] of Object.entries(architecture.embeddings)) {
        tables[name] =
          typeof entry === 'string'
            ? tables[entry]!
            : new TokenEmbedding(tableOptions(name, config, architecture, methods), random.fork(name));
        this.hold(name, tables[name]);
      }
      for (const name of Object.keys(architecture.stacks)) {
        stacks[name] = buildStack(name, config, architecture, methods, build.modules ?? {}, random);
        this.hold(name, stacks[name]);
      }
    } catch (error) {
      throw undo(error);
    }
  }

  private hold(name: string, part: Module): void {
    check(
      !(name in this),
      'name of a stack or table',
      name,
      'names that no property or method of a model has',
    );
    Object.assign(this, { [name]: part });
  }

  /** The stacks that hold residual sub-layers, by their path. */
  stacks(): Readonly<Record<string, Stack>> {
    const names = Object.keys(this.architecture.stacks);
    return Object.fromEntries(names.map((name) => [name, this.part.stack(name)]));
  }

  /**
   * What leaves a stack, [B, T, D]. Where it is not causal, pads among ids are masked, besides what the context's mask
   * hides. With a cache, ids are only the new positions.
   */
  protected run(name: string, input: StackInput, context: Context): tf.Tensor3D {
    const { causal, embedding } = this.architecture.stacks[name]!;
    const where = `${name} input`;
    return tf.tidy(() => {
      const within = scope(context, name);
      const past = context.cache?.length ?? 0;
      const { ids = input, prefix } = Object(input) as Partial<PrefixedIds>;
      if (causal === 'prefix') {
        checkRecord(where, input, '{ ids, prefix }, int32 tensors [batch, tokens] and [batch]');
        check(prefix?.rank === 1, `${where} prefix`, prefix, 'an int32 tensor [batch]');
      }
      if ((ids as tf.Tensor | undefined)?.rank === 3)
        return this.part.stack(name).call(ids as tf.Tensor3D, within);
      const tokens = ids as tf.Tensor2D;
      const table = this.part.table(embedding ?? '');
      if (!table) throw without(`${name}: received ids`);
      const x = table.call(tokens, scope(context, embedding!), past);
      const hidden =
        causal === 'prefix'
          ? prefixMask(prefix!, tokens.shape[1], past)
          : causal
            ? undefined
            : padMask(tokens, this.config.padId);
      const mask = joinedMask(within.mask, hidden, name);
      return this.part.stack(name).call(x, mask ? { ...within, mask } : within);
    });
  }

  /** Logits of outputs: [..., D] to [..., V]. Throws where the model has no table for them. */
  logits<R extends tf.Rank>(outputs: tf.Tensor<R>): tf.Tensor<R> {
    const table = this.part.table(this.architecture.output ?? '');
    if (!table) throw without('received outputs to make logits of');
    return table.logits(outputs);
  }

  /** 1 at real tokens, 0 at pads, [B, T], of the ids that enter stacks. */
  protected realTokens(inputs: Readonly<Record<string, StackInput>>): Readonly<Record<string, tf.Tensor2D>> {
    const masks: Record<string, tf.Tensor2D> = {};
    for (const [name, input] of Object.entries(inputs)) {
      const ids = 'ids' in input ? input.ids : input;
      if (ids.rank === 2) masks[name] = realTokens(ids as tf.Tensor2D, this.config.padId);
    }
    return masks;
  }
}

const without = (received: string): SteadyformerError =>
  new SteadyformerError(
    `${received}, but the model has no embedding; give a stream [B, T, D], or build it with a vocabulary`,
  );
