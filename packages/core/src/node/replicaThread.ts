import { Worker } from 'node:worker_threads';
import { SteadyformerError } from '../errors';
import type { ReplicaStart, Reply, Request, Sums } from '../replicas/protocol';

/** A worker thread that answers requests one at a time. */
export class ReplicaThread<Part> {
  private readonly worker: Worker;
  private readonly name: string;
  private waiting: { resolve: (sums: Sums) => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;
  /** Resolves once the thread has built its model. */
  readonly ready: Promise<Sums>;

  constructor(entry: URL, start: ReplicaStart, env: NodeJS.ProcessEnv) {
    this.name = `replica ${start.rank} (${entry.pathname.split('/').at(-1)})`;
    this.worker = new Worker(entry, { workerData: start, env });
    this.worker.on('message', (reply: Reply) => {
      const { waiting } = this;
      this.waiting = undefined;
      if ('error' in reply) waiting?.reject(new SteadyformerError(`${this.name}: ${reply.error}`));
      else waiting?.resolve(reply.sums);
    });
    this.worker.on('error', (error) => this.fail(error.message));
    this.worker.on('exit', (code) => this.fail(`its thread ended with code ${code}`));
    this.ready = this.reply();
  }

  ask(request: Request<Part>): Promise<Sums> {
    if (this.failure) return Promise.reject(this.failure);
    const reply = this.reply();
    this.worker.postMessage(request);
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
