import {
  fields,
  type NamedParameter,
  type ProjectedParameters,
  parseAs,
  type RandomStream,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import type { TokenBatch } from '../data/batch';
import { splitBatch } from '../data/splitBatch';
import type { Settings } from '../settings/settings';
import { projectWeights, readWeights, writeWeights } from './flatWeights';
import type { Learner, LearnerState, UpdateSums } from './learner';
import type { Divergence } from './lossGuard';
import { kindOf, type TokenModel } from './modelKinds';
import { type Arrived, exchangeWeights, firstDivergence } from './outerExchange';
import { checkDelay, type OuterSettings, outerFields } from './outerSettings';
import { outerStep } from './outerStep';
import { type Ranks, RanksError } from './ranks';

/** Options of `OuterLearner`. */
export interface OuterLearnerOptions extends OuterSettings {
  /** Who learns between outer steps, from this worker's part of every batch alone; disposed with this one. */
  readonly learner: Learner<TokenBatch>;
  /** The model that it trains. */
  readonly model: TokenModel;
  /** Of its parameters those that are trained. Default: all. */
  readonly parameters?: readonly NamedParameter[];
  /** What the mean of weights is brought back to, as of `methodTraining`. Default: nothing. */
  readonly projections?: readonly ProjectedParameters[];
  /** The workers. Default: this one alone. */
  readonly ranks?: Ranks;
  /** Updates whose outer step is waited for in spite of `delay`, as all workers then have the same weights. Default: none. */
  readonly settles?: (update: number) => boolean;
  /** Whether this worker is to stop, and what is called where any is, on all, after an outer step that was waited for. */
  readonly stop?: { readonly isAsked: () => boolean; readonly agreed: () => void };
}

const ALONE: Ranks = {
  ...{ rank: 0, size: 1 },
  allReduce: async () => {},
  reduceScatter: async () => {},
  allGather: async () => {},
  broadcast: async () => {},
  finalize: async () => {},
};

/** A change on its way. */
interface Flight {
  /** The update after which it was sent, and the worker's weights then. */
  readonly update: number;
  readonly sent: Float32Array;
  readonly arrived: Promise<Arrived>;
}

/**
 * Workers that learn by themselves, each from its part of every batch with an optimizer of its own, and make an outer step
 * together every so many updates, by the even mean of their changes (DiLoCo: Douillard et al. 2023, arXiv 2311.08105, algorithm
 * 1). Between outer steps they wait for nothing of each other. With a `delay` the exchange goes on while they learn: the outer
 * step is made so many updates later, and what a worker has learned meanwhile stays on top of it (delayed as in Streaming
 * DiLoCo, Douillard et al. 2025, arXiv 2501.18512, section 2.2, which takes a mean of both instead).
 *
 * Outer steps come before the next gradient, or where `join` is called. The losses of an update are those of the worker's own part.
 */
export class OuterLearner implements Learner<TokenBatch> {
  private readonly options: OuterLearnerOptions;
  private readonly ranks: Ranks;
  private readonly parameters: readonly NamedParameter[];
  /** The outer weights and their velocity, [P]. */
  private outer: Float32Array | undefined;
  private velocity: Float32Array | undefined;
  /** What `encodeChange` carries over, [P]. */
  private carried: Float32Array | undefined;
  private flight: Flight | undefined;
  /** The update of the latest outer step. */
  private stepped: number;
  /** Whether the next outer step is the last, as a worker is to stop. */
  private ending = false;

  /** @throws SteadyformerError on settings that cannot be, such as a delay that is no shorter than the way between outer steps */
  constructor(options: OuterLearnerOptions) {
    const { every, rate, momentum, precision, delay } = options;
    parseAs(
      fields({ every: whole(), ...outerFields() }),
      { every, rate, momentum, precision, delay },
      'OuterLearner',
    );
    checkDelay(options, 'OuterLearner');
    this.options = options;
    this.ranks = options.ranks ?? ALONE;
    this.parameters = options.parameters ?? options.model.parameters();
    this.stepped = options.learner.updates;
  }

  get updates(): number {
    return this.options.learner.updates;
  }

  get settings(): Settings {
    const { learner, every, rate, momentum, precision, delay } = this.options;
    return { ...learner.settings, outer: { every, rate, momentum, precision, delay } };
  }

  /** @throws RanksError where another worker's training has diverged and nobody called `join` */
  async gradient(batches: readonly TokenBatch[], random: RandomStream): Promise<UpdateSums> {
    const divergence = await this.join();
    if (divergence) throw new RanksError(divergence.message);
    this.outer ??= await readWeights(this.parameters);
    const { rank, size } = this.ranks;
    const { model, learner } = this.options;
    const { read } = kindOf(model.config);
    let tokens = 0;
    const own = batches.map((batch) => {
      const parts = splitBatch(read(batch), size, model.config.padId);
      tokens += parts.reduce((sum, { targetTokens }) => sum + targetTokens, 0);
      // Of a batch with fewer sentences than there are workers some share a part.
      return parts[rank % parts.length]!;
    });
    const drawn = size === 1 ? random : random.fork('rank').fork(rank);
    return { ...(await learner.gradient(own, drawn)), tokens };
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.options.learner.step(learningRate, scale);
  }

  discard(): void {
    this.options.learner.discard();
  }

  /**
   * Makes what outer step is due. A worker whose training has diverged says so here: it waits for the others' next outer step,
   * after which all of them know.
   *
   * @param own how this worker's training has diverged, where it has
   * @returns how any worker's has
   * @throws SteadyformerError, or what the ranks throw, where a worker cannot be reached
   */
  async join(own?: Divergence): Promise<Divergence | undefined> {
    const { updates } = this;
    const { every, delay, settles } = this.options;
    if (own) {
      const earlier = this.flight && (await this.land());
      if (earlier) return earlier;
      await this.send(own);
      return this.land(own);
    }
    if (this.flight && updates >= this.flight.update + delay) {
      const found = await this.land();
      if (found) return found;
    }
    if (updates === this.stepped || updates % every !== 0) return undefined;
    await this.send();
    return delay === 0 || this.ending || settles?.(updates) ? this.land() : undefined;
  }

  private async send(own?: Divergence): Promise<void> {
    const { precision, stop } = this.options;
    const sent = await readWeights(this.parameters);
    this.outer ??= sent.slice();
    if (precision === 'int8') this.carried ??= new Float32Array(sent.length);
    const { outer, carried } = this;
    const flags = { stop: stop?.isAsked() ?? false, diverged: own !== undefined };
    const arrived = exchangeWeights(this.ranks, flags, { outer, own: sent, carried });
    // Whoever waits for it is told; it may be lost before.
    arrived.catch(() => {});
    this.flight = { update: this.updates, sent, arrived };
    this.stepped = this.updates;
  }

  /** What was sent has arrived: the outer step, unless some worker's training has diverged. */
  private async land(own?: Divergence): Promise<Divergence | undefined> {
    const { update, sent, arrived } = this.flight!;
    const { flags, mean } = await arrived;
    this.flight = undefined;
    if (flags.diverged) return firstDivergence(this.ranks, own);
    const outer = this.outer!;
    if (this.options.momentum > 0) this.velocity ??= new Float32Array(outer.length);
    outerStep(outer, mean, this.options, this.velocity);
    await this.settle(sent);
    if (flags.stop && this.updates === update) this.options.stop?.agreed();
    this.ending = flags.stop;
    return undefined;
  }

  /** Brings the worker's weights to the outer ones, and what it has learned since it sent its change on top. */
  private async settle(sent: Float32Array): Promise<void> {
    const { projections = [] } = this.options;
    const local = await readWeights(this.parameters);
    const outer = this.outer!;
    const isSame = outer.every((weight, i) => Object.is(weight, sent[i]));
    // One worker that takes its own weights has them.
    if (isSame) return;
    if (projections.length > 0) {
      writeWeights(this.parameters, outer);
      projectWeights(this.parameters, projections);
      outer.set(await readWeights(this.parameters));
    }
    const next = local.map((weight, i) => outer[i]! + (weight - sent[i]!));
    writeWeights(this.parameters, next);
  }

  /**
   * The state of this worker's optimizer, and the velocity. After an outer step alone, which all workers wait for here.
   *
   * @throws SteadyformerError between two outer steps, where every worker has weights of its own
   */
  async state(): Promise<LearnerState> {
    const { updates } = this;
    const { every, learner } = this.options;
    const divergence = (await this.join()) ?? (this.flight && (await this.land()));
    if (divergence) throw new RanksError(divergence.message);
    if (updates % every !== 0) {
      throw new SteadyformerError(
        `OuterLearner.state(): update ${updates} is between two outer steps, and every worker has weights of its own. ` +
          `Ask after a multiple of ${every}.`,
      );
    }
    const state = await learner.state();
    return { ...state, ...(this.velocity ? { outer: this.velocity.slice() } : {}) };
  }

  /** @throws SteadyformerError on a state without the velocity that the momentum needs */
  restore({ outer, ...state }: LearnerState): void {
    const { learner, momentum } = this.options;
    const size = this.parameters.reduce((sum, { parameter }) => sum + parameter.size, 0);
    const wanted = momentum > 0 && state.updates > 0 ? size : undefined;
    if (outer?.length !== wanted) {
      throw new SteadyformerError(
        `OuterLearner.restore(): a velocity of ${outer?.length ?? 'no'} numbers received, allowed ${wanted ?? 'none'}: ` +
          'go on with the outer steps that the state was saved with.',
      );
    }
    learner.restore(state);
    this.velocity = outer?.slice();
    this.outer = undefined;
    this.carried = undefined;
    this.flight = undefined;
    this.stepped = learner.updates;
  }

  async dispose(): Promise<void> {
    await this.options.learner.dispose();
  }
}
