import {
  type Between,
  fields,
  flag,
  type LanguageModel,
  methodTraining,
  type OptimizerState,
  type ParameterGroup,
  parseAs,
  type RandomStream,
  such,
  type Transformer,
  type UpdateRule,
  whole,
} from '@steadyformer/core';
import { Replicas } from '@steadyformer/core/node';
import * as v from 'valibot';
import { learnersBetween, parameterGroups, updateRule } from '../../checks/objects';
import { needed, type SchemasOf } from '../../checks/schemas';
import type { TokenBatch } from '../../data/batch';
import { splitBatch } from '../../data/splitBatch';
import type { Settings } from '../../settings/settings';
import type { Learner, UpdateSums } from '../learner';
import { MODEL_KINDS, type ModelKind, type TokenModel } from '../modelKinds';
import { learnerSettings } from '../runSettings';
import { smoothings } from '../translationLoss';
import type { ReplicaData } from './serveTranslationReplica';

/** What replicas of either kind of model are told. */
interface TokenReplicasOptions<Model extends TokenModel> {
  /** Its values are where training begins, and it sees every update. */
  readonly model: Model;
  readonly rule: UpdateRule;
  /** Parameters that are trained in a way of their own, as of `LocalLearner`. */
  readonly groups?: readonly ParameterGroup[];
  /** Label smoothing. Default 0.1 for translation, none for language models. */
  readonly smoothing?: number;
  /** Less memory for more time, as of `Trainer`. Default false. */
  readonly checkpointing?: boolean;
  /** Threads or processes, as of `Replicas` of core. Default: a thread a core, or a process a device. */
  readonly count?: number;
  /** The seam where machines join, as of `Replicas`. Default: this machine alone. */
  readonly between?: Between;
  /**
   * A module that calls `serveTranslationReplica`, or `serveLanguageModelReplica`, with the residual methods and branches
   * of your own that the model's config names. Default: one without any.
   */
  readonly entry?: URL;
}

/** Options of `translationReplicas`. */
export interface TranslationReplicasOptions extends TokenReplicasOptions<Transformer> {}

/** Options of `languageModelReplicas`. */
export interface LanguageModelReplicasOptions extends TokenReplicasOptions<LanguageModel> {}

const optionFields = ({ model, smoothing }: ModelKind) =>
  fields({
    model: needed(model()),
    rule: needed(updateRule()),
    groups: v.optional(parameterGroups(), []),
    smoothing: v.optional(smoothings(), smoothing),
    checkpointing: v.optional(flag(), false),
    count: v.optional(whole()),
    between: v.optional(learnersBetween()),
    entry: v.optional(
      such<URL>('a URL, such as new URL(file, import.meta.url)', (value) => value instanceof URL),
    ),
  } satisfies SchemasOf<TokenReplicasOptions<TokenModel>>);

/** From sources (a loader for TypeScript is then at work) as well as built, where this file is `node/index.js`. */
const ownEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? '../../node/replica.ts' : './replica.js', import.meta.url);

/**
 * A learner for `Trainer` that shares each batch's sentences between replicas of the model, in threads or processes as the
 * backend has it (see `Replicas` of core). The same losses and gradients up to rounding as in one thread, but other bits
 * of dropout. Dispose it after the trainer. Throws on an unknown option, on more replicas than devices, and where one fails.
 */
export const translationReplicas = (options: TranslationReplicasOptions): Promise<Learner<TokenBatch>> =>
  tokenReplicas(MODEL_KINDS.transformer, options, 'translationReplicas()');

/**
 * As `translationReplicas`, for a language model with `languageModelLoss`: the blocks of each batch, such as those of
 * `TextBatches`, are shared between the replicas.
 */
export const languageModelReplicas = (options: LanguageModelReplicasOptions): Promise<Learner<TokenBatch>> =>
  tokenReplicas(MODEL_KINDS.languageModel, options, 'languageModelReplicas()');

const tokenReplicas = async (
  kind: ModelKind,
  options: TokenReplicasOptions<TokenModel>,
  where: string,
): Promise<Learner<TokenBatch>> => {
  const { model, rule, groups, smoothing, checkpointing, count, entry, between } = parseAs(
    optionFields(kind),
    options,
    where,
  );
  const { config } = model;
  const replicas = await Replicas.start<TokenBatch>({
    entry: entry ?? ownEntry(),
    data: { config, smoothing, checkpointing } satisfies ReplicaData,
    parameters: model.parameters(),
    rule,
    ...methodTraining(model, rule, groups),
    ...(count === undefined ? {} : { count }),
    ...(between ? { between } : {}),
  });
  return new ReplicaLearner(replicas, (batch) => splitBatch(kind.read(batch), replicas.count, config.padId), {
    smoothing,
    ...learnerSettings(model, rule, replicas.count, replicas.treated),
  });
};

class ReplicaLearner implements Learner<TokenBatch> {
  private readonly replicas: Replicas<TokenBatch>;
  private readonly partsOf: (batch: TokenBatch) => readonly TokenBatch[];
  readonly settings: Settings;
  private tokens = 0;

  constructor(
    replicas: Replicas<TokenBatch>,
    partsOf: (batch: TokenBatch) => readonly TokenBatch[],
    settings: Settings,
  ) {
    this.replicas = replicas;
    this.partsOf = partsOf;
    this.settings = settings;
  }

  get updates(): number {
    return this.replicas.updates;
  }

  async gradient(batches: readonly TokenBatch[], random: RandomStream): Promise<UpdateSums> {
    const parts = batches.flatMap(this.partsOf);
    const { sums, norm } = await this.replicas.gradient(parts, random);
    const { loss, nll, tokens } = sums as { loss: number; nll: number; tokens: number };
    this.tokens = tokens;
    return { loss: loss / tokens, nll: nll / tokens, tokens, gradientNorm: norm / tokens };
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.replicas.step(learningRate, scale / this.tokens);
  }

  /** The next gradient takes the place of this one. */
  discard(): void {}

  state(): Promise<OptimizerState> {
    return this.replicas.state();
  }

  restore(state: OptimizerState): void {
    this.replicas.restore(state);
  }

  dispose(): Promise<void> {
    return this.replicas.dispose();
  }
}
