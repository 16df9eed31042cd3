import { Worker } from 'node:worker_threads';
import { SteadyformerError } from '@steadyformer/core';
import type {
  TranslatorNews,
  TranslatorReply,
  TranslatorRequest,
  TranslatorResult,
  TranslatorStart,
  TranslatorWork,
} from './translatorProtocol';

interface Waiting {
  readonly resolve: (result: TranslatorResult) => void;
  readonly reject: (error: unknown) => void;
  readonly hear: (news: TranslatorNews) => void;
}

/** Thrown where a thread of a `ParallelTranslator` ended before its work was done: the work itself may be faultless. */
export class ThreadEnded extends SteadyformerError {}

/** A thread that does one piece of work at a time. It keeps the process alive only while it has some. */
export class TranslatorThread {
  private readonly worker: Worker;
  private readonly name: string;
  private waiting: Waiting | undefined;
  private failure: ThreadEnded | undefined;
  /** Resolves once the thread has its translator. */
  readonly ready: Promise<unknown>;

  constructor(
    readonly number: number,
    entry: URL,
    start: TranslatorStart,
    env: NodeJS.ProcessEnv,
  ) {
    this.name = `thread ${number} (${entry.pathname.split('/').at(-1)})`;
    this.worker = started(entry, start, env);
    this.worker.on('message', (reply: TranslatorReply) => this.hear(reply));
    this.worker.on('messageerror', (error) => this.fail(`its reply cannot be read: ${error.message}`));
    this.worker.on('error', (error) => this.fail(error.message));
    this.worker.on('exit', (code) => this.fail(`it ended with code ${code}`));
    this.ready = this.reply(() => {});
    // Whoever waits for it sees the failure all the same.
    this.ready.catch(() => {});
  }

  /** Why it does nothing any more; undefined while it does. */
  get ended(): ThreadEnded | undefined {
    return this.failure;
  }

  /** @param hear told how far it has come; an exception of it ends the work, and is thrown */
  async work(work: TranslatorWork, hear: (news: TranslatorNews) => void): Promise<TranslatorResult> {
    if (this.failure) throw this.failure;
    const reply = this.reply(hear);
    this.worker.ref();
    try {
      this.worker.postMessage(work satisfies TranslatorRequest);
    } catch (error) {
      this.settle()?.reject(
        new SteadyformerError(`${this.name}: its work cannot be sent to it: ${(error as Error).message}`),
      );
    }
    return reply;
  }

  /** Ends what is at work between two tokens; its promise rejects then. */
  abort(): void {
    if (this.waiting) this.worker.postMessage({ kind: 'abort' } satisfies TranslatorRequest);
  }

  async end(): Promise<void> {
    this.fail('it was ended by dispose()');
    await this.worker.terminate();
  }

  private hear(reply: TranslatorReply): void {
    if (reply.kind === 'news') {
      this.waiting?.hear(reply.news);
      return;
    }
    const waiting = this.settle();
    if (reply.kind === 'error') {
      const { error, known } = reply;
      waiting?.reject(known ? new SteadyformerError(error) : new Error(error));
    } else waiting?.resolve(reply.kind === 'result' ? reply.result : []);
  }

  private reply(hear: Waiting['hear']): Promise<TranslatorResult> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject, hear };
    });
  }

  /** From now on nobody waits for it. */
  private settle(): Waiting | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    this.worker.unref();
    return waiting;
  }

  private fail(why: string): void {
    this.failure ??= new ThreadEnded(`ParallelTranslator: ${this.name} does no more work: ${why}`);
    this.settle()?.reject(this.failure);
  }
}

const started = (entry: URL, start: TranslatorStart, env: NodeJS.ProcessEnv): Worker => {
  try {
    return new Worker(entry, { workerData: start, env });
  } catch (error) {
    throw new SteadyformerError(
      `ParallelTranslator.start(): no thread can be started: ${(error as Error).message}`,
      { cause: error },
    );
  }
};
