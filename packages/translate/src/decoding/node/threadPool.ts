import { setMaxListeners } from 'node:events';
import { SteadyformerError } from '@steadyformer/core';
import type { TranslatorNews, TranslatorResult, TranslatorWork } from './translatorProtocol';
import type { TranslatorThread } from './translatorThread';

interface Waiting {
  readonly take: (thread: TranslatorThread | undefined) => void;
  readonly refuse: (error: Error) => void;
}

/** Who is told of the works of a call, and what ends them. */
export interface PoolEars {
  readonly onNews: (at: number, news: TranslatorNews) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Threads that take from one queue, first come, first served. One that dies is left out from then on. */
export class ThreadPool {
  private readonly idle: TranslatorThread[];
  private readonly queue = new Set<Waiting>();

  constructor(private readonly threads: readonly TranslatorThread[]) {
    this.idle = [...threads];
  }

  /**
   * Does all works, begun in their order, and gives their results in it. The first that fails ends the others.
   *
   * @throws what the first that failed threw, once none is at work any more; the signal's reason where that aborts
   */
  async all(works: readonly TranslatorWork[], { onNews, signal }: PoolEars): Promise<TranslatorResult[]> {
    const stop = new AbortController();
    // One a work.
    setMaxListeners(0, stop.signal);
    let failure: { readonly reason: unknown } | undefined;
    const fail = (reason: unknown): void => {
      failure ??= { reason };
      stop.abort();
    };
    const heard = (): void => fail(signal?.reason);
    if (signal?.aborted) throw signal.reason;
    signal?.addEventListener('abort', heard, { once: true });
    const results: TranslatorResult[] = [];
    try {
      const one = async (work: TranslatorWork, at: number): Promise<void> => {
        const hear = (news: TranslatorNews): void => {
          if (failure) return;
          try {
            onNews(at, news);
          } catch (error) {
            fail(error);
          }
        };
        try {
          results[at] = (await this.work(work, hear, stop.signal)) ?? [];
        } catch (error) {
          fail(error);
        }
      };
      await Promise.all(works.map(one));
    } finally {
      signal?.removeEventListener('abort', heard);
    }
    if (failure) throw (failure as { readonly reason: unknown }).reason;
    return results;
  }

  /** Ends all threads. What is at work, or waits, is rejected. */
  async end(): Promise<void> {
    const ended = this.threads.map((thread) => thread.end());
    this.refuseIfNoneIsLeft();
    await Promise.all(ended);
  }

  /** Undefined where the signal aborted before it was begun. */
  private async work(
    work: TranslatorWork,
    hear: (news: TranslatorNews) => void,
    signal: AbortSignal,
  ): Promise<TranslatorResult | undefined> {
    const thread = await this.free(signal);
    if (!thread || signal.aborted) {
      if (thread) this.giveBack(thread);
      return undefined;
    }
    const abort = (): void => thread.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await thread.work(work, hear);
    } finally {
      signal.removeEventListener('abort', abort);
      this.giveBack(thread);
    }
  }

  private free(signal: AbortSignal): Promise<TranslatorThread | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      if (!thread.ended) return Promise.resolve(thread);
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.queue.delete(waiting);
        resolve(undefined);
      };
      const waiting: Waiting = {
        take: (thread) => {
          signal.removeEventListener('abort', leave);
          resolve(thread);
        },
        refuse: reject,
      };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.add(waiting);
      this.refuseIfNoneIsLeft();
    });
  }

  private giveBack(thread: TranslatorThread): void {
    if (thread.ended) {
      this.refuseIfNoneIsLeft();
      return;
    }
    const [next] = this.queue;
    if (next) {
      this.queue.delete(next);
      next.take(thread);
    } else this.idle.push(thread);
  }

  private refuseIfNoneIsLeft(): void {
    const reasons = this.threads.map(({ ended }) => ended);
    if (reasons.some((reason) => reason === undefined)) return;
    const error = new SteadyformerError(
      `${reasons[0]!.message}. No thread is left: start another ParallelTranslator`,
    );
    for (const waiting of [...this.queue]) {
      this.queue.delete(waiting);
      waiting.refuse(error);
    }
  }
}
