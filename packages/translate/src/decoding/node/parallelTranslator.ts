import { availableParallelism } from 'node:os';
import { check, fields, invalidArgument, parseAs, such, whole } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { isMethod } from '../../checks/schemas';
import { hasSides, type Vocabularies } from '../../subwords/vocabularies';
import { encodeSources } from '../sources';
import { ownOf, translateSettings } from '../translateOptions';
import { sourceLimitOf, type TranslateOptions, type Translation, type Translator } from '../translator';
import type { SentOptions, TranslatorStart } from './translatorProtocol';
import { TranslatorThread } from './translatorThread';

export interface ParallelOptions {
  /** Threads, each with a backend of one thread. Default: one a core. */
  readonly threads?: number;
  /** The module that every thread runs: it calls `serveTranslator`, beside imports of your own methods and branches. */
  readonly entry?: URL;
}

/** Functions stay in their thread, and draws are of places among all sentences. */
export type ParallelTranslateOptions = Omit<
  TranslateOptions,
  'maxLength' | 'onProgress' | 'onPartial' | 'sampling'
>;

/** Sentences that a thread is given at a time, at most. */
const LARGEST_SHARE = 64;

const defaultEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? '../../node/translator.ts' : './translator.js', import.meta.url);

const KEPT = ['maxLength', 'onProgress', 'onPartial', 'sampling'] as const;

/** All parameters of all models, end to end, in memory that threads share. */
const sharedWeights = ({ models }: Translator): SharedArrayBuffer => {
  const all = models.flatMap((model) => [...model.parameters()]);
  const size = all.reduce((sum, { parameter }) => sum + parameter.size, 0);
  const weights = new SharedArrayBuffer(4 * size);
  let at = 0;
  for (const { parameter } of all) {
    new Float32Array(weights, 4 * at, parameter.size).set(parameter.value.dataSync<'float32'>());
    at += parameter.size;
  }
  return weights;
};

/**
 * A translator on several cores: threads with a model each, all over one copy of the weights as they were when it started.
 * What a sentence becomes is what the translator makes of it. Dispose it after use; the translator stays the caller's.
 */
export class ParallelTranslator {
  private idle: TranslatorThread[];
  private readonly queue: ((thread: TranslatorThread) => void)[] = [];

  private constructor(
    private readonly translator: Translator,
    private readonly threads: readonly TranslatorThread[],
  ) {
    this.idle = [...threads];
  }

  /** @throws SteadyformerError on options out of range, and where a thread fails, with its reason; none is left then. */
  static async start(translator: Translator, options: ParallelOptions = {}): Promise<ParallelTranslator> {
    const where = 'ParallelTranslator.start()';
    check(isMethod(translator, 'translate'), `${where} translator`, translator, 'a Translator');
    const schema = fields({
      threads: v.optional(whole(), availableParallelism()),
      entry: v.optional(such<URL>('URLs. Use new URL(file, import.meta.url)', (url) => url instanceof URL)),
    });
    const { threads: count, entry = defaultEntry() } = parseAs(schema, options, where);
    const { vocabulary } = translator;
    const start: TranslatorStart = {
      configs: translator.models.map(({ config }) => config),
      weights: sharedWeights(translator),
      vocabulary: hasSides(vocabulary)
        ? { source: (vocabulary as Vocabularies).source.toJSON(), target: vocabulary.target.toJSON() }
        : vocabulary.toJSON(),
    };
    const env = { ...process.env, STEADYFORMER_THREADS: '1', STEADYFORMER_BACKEND: tf.getBackend() };
    const threads = Array.from({ length: count }, () => new TranslatorThread(entry, start, env));
    try {
      await Promise.all(threads.map(({ ready }) => ready));
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.end()));
      throw error;
    }
    return new ParallelTranslator(translator, threads);
  }

  /**
   * As `Translator.translate`. Sentences go to the threads by length, so many at a time as keep all at work; several calls
   * share the threads.
   */
  async translate(
    sentences: readonly string[],
    options: ParallelTranslateOptions = {},
  ): Promise<Translation[]> {
    for (const name of KEPT) {
      if (name in options) {
        const allowed = 'none here: use Translator.translate';
        throw invalidArgument({ what: `ParallelTranslator.translate() ${name}`, received: 'one', allowed });
      }
    }
    // Here, where sentences have their own numbers.
    const { maxSourceLength } = translateSettings(options, sentences?.length);
    const { source } = this.translator.sides;
    const limit = sourceLimitOf(this.translator.model, maxSourceLength);
    const lengths = new Map(
      encodeSources(sentences, source, limit).map(({ index, ids }) => [index, ids.length]),
    );
    const order = sentences.map((_, i) => i);
    order.sort((a, b) => (lengths.get(b) ?? 0) - (lengths.get(a) ?? 0) || a - b);
    const share = Math.min(LARGEST_SHARE, Math.ceil(order.length / this.threads.length));
    const { signal, ...sent } = options;
    const found = new Array<Translation>(sentences.length);
    const work: Promise<void>[] = [];
    for (let from = 0; from < order.length; from += share) {
      const places = order.slice(from, from + share);
      const own: SentOptions = { ...sent, ...ownOf(sent, places) };
      work.push(
        this.shareOf(
          places.map((i) => sentences[i]!),
          own,
          signal,
        ).then((translations) => {
          for (const [at, one] of translations.entries()) found[places[at]!] = one;
        }),
      );
    }
    const results = await Promise.allSettled(work);
    signal?.throwIfAborted();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return found;
  }

  private async shareOf(
    sentences: readonly string[],
    options: SentOptions,
    signal: AbortSignal | undefined,
  ): Promise<readonly Translation[]> {
    const thread = await this.free();
    const abort = (): void => thread.abort();
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort);
      return await thread.translate(sentences, options);
    } finally {
      signal?.removeEventListener('abort', abort);
      const next = this.queue.shift();
      if (next) next(thread);
      else this.idle.push(thread);
    }
  }

  private free(): Promise<TranslatorThread> {
    const thread = this.idle.pop();
    return thread ? Promise.resolve(thread) : new Promise((resolve) => this.queue.push(resolve));
  }

  /** Ends the threads. What is still at work is rejected. */
  async dispose(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.end()));
  }
}
