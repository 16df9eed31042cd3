import { Worker } from 'node:worker_threads';
import { SteadyformerError } from '@steadyformer/core';
import type { Translation } from '../translator';
import type { SentOptions, TranslatorReply, TranslatorRequest, TranslatorStart } from './translatorProtocol';

/** A thread that translates one list of sentences at a time. */
export class TranslatorThread {
  private readonly worker: Worker;
  private waiting:
    | { resolve: (found: readonly Translation[]) => void; reject: (error: Error) => void }
    | undefined;
  private failure: Error | undefined;
  /** Resolves once the thread has its translator. */
  readonly ready: Promise<readonly Translation[]>;

  constructor(entry: URL, start: TranslatorStart, env: NodeJS.ProcessEnv) {
    this.worker = new Worker(entry, { workerData: start, env });
    this.worker.on('message', (reply: TranslatorReply) => {
      const { waiting } = this;
      this.waiting = undefined;
      if ('translations' in reply) waiting?.resolve(reply.translations);
      else waiting?.reject(reply.known ? new SteadyformerError(reply.error) : new Error(reply.error));
    });
    this.worker.on('error', (error) => this.fail(error.message));
    this.worker.on('exit', (code) => this.fail(`it ended with code ${code}`));
    this.ready = this.reply();
    // Whoever waits for it sees the failure all the same.
    this.ready.catch(() => undefined);
  }

  translate(sentences: readonly string[], options: SentOptions): Promise<readonly Translation[]> {
    if (this.failure) return Promise.reject(this.failure);
    const reply = this.reply();
    this.worker.postMessage({ kind: 'translate', sentences, options } satisfies TranslatorRequest);
    return reply;
  }

  /** Ends the translation at work, whose promise rejects. */
  abort(): void {
    if (this.waiting) this.worker.postMessage({ kind: 'abort' } satisfies TranslatorRequest);
  }

  async end(): Promise<void> {
    this.failure ??= new SteadyformerError('a thread of the ParallelTranslator was ended');
    await this.worker.terminate();
  }

  private reply(): Promise<readonly Translation[]> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private fail(why: string): void {
    this.failure ??= new SteadyformerError(`a thread of the ParallelTranslator failed: ${why}`);
    this.waiting?.reject(this.failure);
    this.waiting = undefined;
  }
}
