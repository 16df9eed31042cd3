import { availableParallelism } from 'node:os';
import { parseAs, SteadyformerError, such } from '@steadyformer/core';
import type { TranslateOptions, Translation, Translator } from '@steadyformer/translate';
import { ParallelTranslator } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { type Command, InvalidArgumentError } from 'commander';

/** How many threads translate, or 'auto': as many as pay. */
export type Replicas = 'auto' | number;

/** Most threads, which take some 80 MB each. */
const MOST = 256;
/** Most that are started unasked. */
const MOST_UNASKED = 16;
/** Lines from which on threads pay: to start them takes about as long as to translate so many. */
export const ENOUGH = 512;

const allowed = `whole numbers from 1 to ${MOST}, or auto`;

const isReplicas = (value: unknown): boolean =>
  value === 'auto' || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST);

const parsed = (text: string): Replicas => {
  const value = text.trim() === '' || text === 'auto' ? text : Number(text);
  if (isReplicas(value)) return value as Replicas;
  throw new InvalidArgumentError(`allowed: ${allowed}.`);
};

/** Gives a command the option. `auto` says what is chosen unless told. */
export const addReplicasOption = (command: Command, auto: string): Command =>
  command.option(
    '--replicas <n>',
    `threads that translate side by side, over one copy of the weights; auto: ${auto}`,
    parsed,
    'auto',
  );

/** The number that is meant. Only onnxruntime's threads share the weights: elsewhere there are more if asked for only. */
export const countOf = (replicas: Replicas): number => {
  if (replicas !== 'auto') return parseAs(such<number>(allowed, isReplicas), replicas, '--replicas');
  return tf.getBackend() === 'onnxruntime' ? Math.min(availableParallelism(), MOST_UNASKED) : 1;
};

/**
 * The translator, or where more than one replica is meant, one of so many threads.
 *
 * @param lines that are to be translated: 'auto' takes threads only where they are many
 * @throws SteadyformerError where the threads cannot be started; the signal's reason
 */
export const withReplicas = async (
  translator: Translator,
  replicas: Replicas,
  { lines = ENOUGH, signal }: { readonly lines?: number; readonly signal?: AbortSignal } = {},
): Promise<Translator> => {
  const threads = replicas === 'auto' && lines < ENOUGH ? 1 : countOf(replicas);
  if (threads === 1) return translator;
  try {
    return await ParallelTranslator.start(translator, { threads, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    throw new SteadyformerError(`--replicas ${threads}: ${error.message}`, { cause: error });
  }
};

/** Ends a translator's threads, where it has some, and frees its model. */
export const endTranslator = async (translator: Translator): Promise<void> => {
  if (translator instanceof ParallelTranslator) await translator.dispose();
  translator.model.dispose();
};

/** A translator that threads take over from once it was given enough lines: they start while it does the last of these. */
export class GrowingTranslator {
  private lines = 0;
  private readonly ending = new AbortController();
  private growth: Promise<void> | undefined;
  private grown: Translator;

  private constructor(
    private readonly translator: Translator,
    private readonly replicas: Replicas,
  ) {
    this.grown = translator;
  }

  /** With as many threads as are asked for; of 'auto' none as yet. */
  static async start(
    translator: Translator,
    replicas: Replicas,
    signal: AbortSignal,
  ): Promise<GrowingTranslator> {
    const growing = new GrowingTranslator(translator, replicas);
    if (replicas !== 'auto') growing.grown = await withReplicas(translator, replicas, { signal });
    return growing;
  }

  /** Calls at a time that keep all threads at work: results of one are the other's reason to wait no more. */
  get calls(): number {
    return this.grown instanceof ParallelTranslator ? this.grown.threads + 1 : 1;
  }

  async translate(sentences: readonly string[], options: TranslateOptions): Promise<Translation[]> {
    this.lines += sentences.length;
    if (this.replicas === 'auto' && this.lines >= ENOUGH) this.growth ??= this.grow();
    // From one line on, so that the same text becomes the same to the last place each time.
    if (this.lines > ENOUGH) await this.growth;
    return this.grown.translate(sentences, options);
  }

  /** Ends the threads; the translator stays the caller's. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.growth;
    if (this.grown instanceof ParallelTranslator) await this.grown.dispose();
  }

  private async grow(): Promise<void> {
    try {
      this.grown = await withReplicas(this.translator, 'auto', { signal: this.ending.signal });
    } catch {
      // Nobody asked for them: one thread does it as well, if later.
    }
  }
}
