import { setMaxListeners } from 'node:events';
import type { TranslatorNews, TranslatorResult, TranslatorWork } from './translatorProtocol';
import { ThreadEnded, type TranslatorThread } from './translatorThread';

interface Waiting {
  readonly take: (thread: TranslatorThread | undefined) => void;
  readonly refuse: (error: Error) => void;
}

/** Who is told of the works of a call, and what ends them. */
export interface PoolEars {
  readonly onNews: (at: number, news: TranslatorNews) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Threads that take from one queue, first come, first served. Where one dies another takes its place, if it can be started. */
export class ThreadPool {
  private readonly threads: Set<TranslatorThread>;
  private readonly idle: TranslatorThread[];
  private readonly queue = new Set<Waiting>();
  private ended = false;
  /** Why there is one thread less. */
  private reason = '';

  /** @param another starts a thread of this number */
  constructor(
    threads: readonly TranslatorThread[],
    private readonly another: (number: number) => TranslatorThread,
  ) {
    this.threads = new Set(threads);
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
    this.ended = true;
    this.reason = 'ParallelTranslator: it was disposed';
    const ended = [...this.threads].map((thread) => thread.end());
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
      this.replace(thread);
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
      this.replace(thread);
      return;
    }
    const [next] = this.queue;
    if (next) {
      this.queue.delete(next);
      next.take(thread);
    } else this.idle.push(thread);
  }

  /** Starts another in the place of one that died. */
  private replace(dead: TranslatorThread): void {
    this.threads.delete(dead);
    if (!this.ended) {
      this.reason = dead.ended!.message;
      try {
        const thread = this.another(dead.number);
        this.threads.add(thread);
        thread.ready.then(
          () => this.giveBack(thread),
          () => {
            this.threads.delete(thread);
            this.refuseIfNoneIsLeft();
          },
        );
      } catch {
        // The system has no thread more: those that are left go on.
      }
    }
    this.refuseIfNoneIsLeft();
  }

  private refuseIfNoneIsLeft(): void {
    if ([...this.threads].some(({ ended }) => ended === undefined)) return;
    for (const waiting of [...this.queue]) {
      this.queue.delete(waiting);
      waiting.refuse(new ThreadEnded(`${this.reason}. No thread is left: start another ParallelTranslator`));
    }
  }
}
