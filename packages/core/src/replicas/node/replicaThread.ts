import { Worker } from 'node:worker_threads';
import { SteadyformerError } from '../../checks/errors';
import type { ReplicaStart, Reply, Request, Sums } from '../protocol';

/** A worker thread that answers requests one at a time. One that has ended answers with the reason. */
export class ReplicaThread<Part> {
  private readonly worker: Worker;
  private readonly name: string;
  private waiting: { resolve: (sums: Sums) => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;
  /** Resolves once the thread has built its model. */
  readonly ready: Promise<Sums>;

  constructor(entry: URL, start: ReplicaStart, env: NodeJS.ProcessEnv) {
    this.name = `replica ${start.rank} (${entry.pathname.split('/').at(-1)})`;
    this.worker = started(entry, start, env);
    this.worker.on('message', (reply: Reply) => {
      const { waiting } = this;
      this.waiting = undefined;
      if ('error' in reply) waiting?.reject(new SteadyformerError(`${this.name}: ${reply.error}`));
      else waiting?.resolve(reply.sums);
    });
    this.worker.on('messageerror', (error) => this.fail(`its reply cannot be read: ${error.message}`));
    this.worker.on('error', (error) => this.fail(error.message));
    this.worker.on('exit', (code) => this.fail(`its thread ended with code ${code}`));
    this.ready = this.reply();
    // Whoever waits for it sees the failure all the same; nobody does where a later thread could not be started.
    this.ready.catch(() => undefined);
  }

  /** Why it answers nothing any more; undefined while it does. */
  get ended(): Error | undefined {
    return this.failure;
  }

  ask(request: Request<Part>): Promise<Sums> {
    if (this.failure) return Promise.reject(this.failure);
    const reply = this.reply();
    try {
      this.worker.postMessage(request);
    } catch (error) {
      this.waiting?.reject(
        new SteadyformerError(
          `${this.name}: its part cannot be sent to a thread: ${(error as Error).message}`,
        ),
      );
      this.waiting = undefined;
    }
    return reply;
  }

  async end(): Promise<void> {
    this.failure ??= new SteadyformerError(`${this.name} was ended`);
    await this.worker.terminate();
  }

  private reply(): Promise<Sums> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private fail(why: string): void {
    this.failure ??= new SteadyformerError(`${this.name}: ${why}`);
    this.waiting?.reject(this.failure);
    this.waiting = undefined;
  }
}

const started = (entry: URL, start: ReplicaStart, env: NodeJS.ProcessEnv): Worker => {
  try {
    return new Worker(entry, { workerData: start, env });
  } catch (error) {
    throw new SteadyformerError(
      `Replicas.start(): no thread can be started with this entry and data: ${(error as Error).message}`,
      { cause: error },
    );
  }
};
