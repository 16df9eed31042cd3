import * as tf from '@tensorflow/tfjs';
import { check, checkOptions, SteadyformerError } from '../checks/errors';
import { type Context, scope } from '../context/context';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { randomStream } from '../random/random';
import type { Stack } from '../residual/stack';
import { Module, undoing } from '../state/module';
import type { Architecture, BuildOptions, StackMethods } from './architecture';
import { buildStack, checkMethods, tableOptions } from './build';
import { joinedMask, padMask, realTokens } from './masks';
import type { SharedConfig } from './schema';

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
   * What leaves a stack, [B, T, D], for ids [B, T] int32 or a stream [B, T, D]. The mask of its self-attention, by default
   * one of the pads among ids where it is not causal, joins that of the context. With a cache, ids are only the new
   * positions.
   */
  protected run(
    name: string,
    input: tf.Tensor2D | tf.Tensor3D,
    context: Context,
    hidden?: tf.Tensor4D,
  ): tf.Tensor3D {
    const { causal, embedding } = this.architecture.stacks[name]!;
    return tf.tidy(() => {
      const within = scope(context, name);
      if (input?.rank === 3) return this.part.stack(name).call(input as tf.Tensor3D, within);
      const ids = input as tf.Tensor2D;
      const table = this.part.table(embedding ?? '');
      if (!table) throw without(`${name}: received ids`);
      const x = table.call(ids, scope(context, embedding!), context.cache?.length ?? 0);
      // Pads stand at the right: what is causal never sees them from a real token.
      const mask = joinedMask(
        within.mask,
        hidden ?? (causal ? undefined : padMask(ids, this.config.padId)),
        name,
      );
      const masked = mask ? { ...within, mask } : within;
      const { join, attention } = within.probe ?? {};
      const real = join || attention ? { realTokens: realTokens(ids, this.config.padId) } : {};
      return this.part.stack(name).call(x, { ...masked, ...real });
    });
  }

  /** Logits of outputs: [..., D] to [..., V]. Throws where the model has no table for them. */
  logits<R extends tf.Rank>(outputs: tf.Tensor<R>): tf.Tensor<R> {
    const table = this.part.table(this.architecture.output ?? '');
    if (!table) throw without('received outputs to make logits of');
    return table.logits(outputs);
  }

  /** 1 at real tokens, 0 at pads, [B, T], of the ids that enter stacks. */
  protected realTokens(
    inputs: Readonly<Record<string, tf.Tensor2D | tf.Tensor3D>>,
  ): Readonly<Record<string, tf.Tensor2D>> {
    const ids = Object.entries(inputs).filter(([, input]) => input?.rank !== 3);
    return Object.fromEntries(
      ids.map(([name, input]) => [name, realTokens(input as tf.Tensor2D, this.config.padId)]),
    );
  }
}

const without = (received: string): SteadyformerError =>
  new SteadyformerError(
    `${received}, but the model has no embedding; give a stream [B, T, D], or build it with a vocabulary`,
  );
