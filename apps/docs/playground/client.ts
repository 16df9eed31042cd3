import type { Reply, Request } from './protocol';

/** As much of a Worker as is needed. */
export interface WorkerLike {
  onmessage: ((event: MessageEvent<Reply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  postMessage(request: Request): void;
  terminate(): void;
}

/**
 * A worker as the page sees it: started at the first request, ended where it has crashed or run out of memory, and
 * started again at the next request.
 */
export class Client {
  private readonly make: () => WorkerLike;
  private readonly hear: (reply: Reply) => void;
  private worker: WorkerLike | undefined;
  private lastId = 0;

  constructor(make: () => WorkerLike, hear: (reply: Reply) => void) {
    this.make = make;
    this.hear = hear;
  }

  send(request: Request): void {
    if ('id' in request) this.lastId = request.id;
    // There is nothing to stop where nothing runs.
    if (!this.worker && request.kind === 'stop') return;
    this.worker ??= this.started();
    this.worker.postMessage(request);
  }

  /** Ends the worker, with all that it holds. */
  end(): void {
    this.worker?.terminate();
    this.worker = undefined;
  }

  private started(): WorkerLike {
    const worker = this.make();
    // What an ended worker has still said is not heard.
    const current = (): boolean => this.worker === worker;
    worker.onmessage = ({ data }) => {
      if (!current()) return;
      if (data.kind === 'failed' && data.failure.kind === 'memory') this.end();
      this.hear(data);
    };
    worker.onerror = (event) => {
      if (!current()) return;
      event.preventDefault();
      this.end();
      const message = event.message || 'its program could not be loaded';
      this.hear({ kind: 'failed', id: this.lastId, failure: { kind: 'crash', message } });
    };
    return worker;
  }
}
