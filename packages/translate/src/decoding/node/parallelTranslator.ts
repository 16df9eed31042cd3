import { availableParallelism } from 'node:os';
import { check, fields, parseAs, such } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { having, isMethod, type SchemasOf, upTo } from '../../checks/schemas';
import { hasSides } from '../../subwords/vocabularies';
import { type Forced, type ForcedSettings, type Pair, pairBatches } from '../forced';
import type { GroupEars, GroupSettings, Source } from '../group';
import { type Translation, Translator } from '../translator';
import { markOf, sharedWeights } from './sharedWeights';
import { ThreadPool } from './threadPool';
import type { TranslatorNews, TranslatorStart, TranslatorWork } from './translatorProtocol';
import { TranslatorThread } from './translatorThread';

/** Options of `ParallelTranslator.start`. */
export interface ParallelOptions {
  /** Threads, each with a backend of one thread, up to 256. Default: one a core. */
  readonly threads?: number;
  /** The module that every thread runs: it calls `serveTranslator`, beside imports of your own methods and branches. */
  readonly entry?: URL;
  /** Ends the start with its reason; no thread is left then. */
  readonly signal?: AbortSignal;
}

const MOST_THREADS = 256;

const optionFields = () =>
  fields({
    threads: v.optional(upTo(MOST_THREADS)),
    entry: v.optional(such<URL>('URLs. Use new URL(file, import.meta.url)', (url) => url instanceof URL)),
    signal: v.optional(having<AbortSignal>(['throwIfAborted'], 'an AbortSignal')),
  } satisfies SchemasOf<ParallelOptions>);

const defaultEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? '../../node/translator.ts' : './translator.js', import.meta.url);

const unlessAborted = async (work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> => {
  let heard = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    heard = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', heard);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal?.removeEventListener('abort', heard);
  }
};

/**
 * A translator whose work is done by several threads, all over one copy of the weights as they are when it is called. Groups of
 * sentences go to whichever thread is free, the longest first, the last ones small. On onnxruntime results depend neither on the
 * number of threads nor on which one did what, to the bit: they are those of a translator whose model lies in memory of its own; on
 * other backends scores are so up to rounding. Several calls share the threads. Dispose it after use; the translator it was started
 * from stays the caller's.
 *
 * A thread that dies fails the call that it was at work for, by a `ThreadEnded` with the reason; another takes its place.
 */
export class ParallelTranslator extends Translator {
  private constructor(
    { models, vocabulary }: Translator,
    private readonly pool: ThreadPool,
    private readonly shared: SharedArrayBuffer,
    /** How many there are. */
    readonly threads: number,
  ) {
    super(models, vocabulary);
  }

  /**
   * Starts the threads, and waits until all can translate. On onnxruntime and cpu the translator's own model lies over the
   * shared weights too, which are then the only ones; other backends have a copy a thread.
   *
   * @throws SteadyformerError on options out of range, and where a thread fails, with its reason; none is left then. The
   *   reason of the signal.
   */
  static async start(translator: Translator, options: ParallelOptions = {}): Promise<ParallelTranslator> {
    const where = 'ParallelTranslator.start()';
    check(isMethod(translator, 'translate'), `${where} translator`, translator, 'a Translator');
    const parsed = parseAs(optionFields(), options, where);
    const { signal, entry = defaultEntry() } = parsed;
    const { threads: count = Math.min(availableParallelism(), MOST_THREADS) } = parsed;
    signal?.throwIfAborted();
    const { vocabulary, models } = translator;
    const start: TranslatorStart = {
      configs: models.map(({ config }) => config),
      weights: await sharedWeights(models),
      vocabulary: hasSides(vocabulary)
        ? { source: vocabulary.source.toJSON(), target: vocabulary.target.toJSON() }
        : vocabulary.toJSON(),
    };
    const env = { ...process.env, STEADYFORMER_THREADS: '1', STEADYFORMER_BACKEND: tf.getBackend() };
    const another = (number: number): TranslatorThread => new TranslatorThread(number, entry, start, env);
    const threads: TranslatorThread[] = [];
    try {
      for (let number = 1; number <= count; number++) threads.push(another(number));
      await unlessAborted(Promise.all(threads.map(({ ready }) => ready)), signal);
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.end()));
      throw error;
    }
    return new ParallelTranslator(translator, new ThreadPool(threads, another), start.weights, count);
  }

  protected override get workers(): number {
    return this.threads;
  }

  /** Ends the threads. What is still at work is rejected, as is every later call. */
  dispose(): Promise<void> {
    return this.pool.end();
  }

  protected override async groups(
    groups: readonly (readonly Source[])[],
    settings: GroupSettings,
    { onStep, onPartial, signal }: GroupEars,
  ): Promise<readonly (readonly Translation[])[]> {
    const tell = { step: onStep !== undefined, partial: onPartial !== undefined };
    const mark = markOf(this.shared);
    const works = groups.map((group): TranslatorWork => ({ kind: 'translate', group, settings, tell, mark }));
    const onNews = (at: number, { done, token, partials }: TranslatorNews): void => {
      for (const partial of partials) onPartial?.(partial);
      onStep?.(done, token, at);
    };
    return (await this.pool.all(works, { onNews, signal })) as readonly (readonly Translation[])[];
  }

  protected override async forced(
    pairs: readonly Pair[],
    { signal, ...settings }: ForcedSettings,
  ): Promise<readonly Forced[]> {
    const mark = markOf(this.shared);
    const batches = pairBatches(pairs, settings.maxTokens);
    const works = batches.map(
      (batch): TranslatorWork => ({ kind: 'score', pairs: batch.map((at) => pairs[at]!), settings, mark }),
    );
    const results = await this.pool.all(works, { onNews: () => {}, signal });
    const found = new Array<Forced>(pairs.length);
    for (const [i, batch] of batches.entries()) {
      for (const [j, at] of batch.entries()) found[at] = results[i]![j] as Forced;
    }
    return found;
  }
}
