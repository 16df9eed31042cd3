import { SteadyformerError } from '../../checks/errors';
import type { Reply, Request, Sums } from '../protocol';

/** What comes back from a replica. */
export interface Listener {
  reply(reply: Reply): void;
  /** It answers nothing any more. */
  fail(why: string): void;
}

/** What carries requests to a replica. */
export interface Carrier {
  /** Throws where the message cannot be sent. */
  send(message: unknown): void;
  end(): Promise<unknown>;
}

/** A thread or process that answers requests one at a time. One that has ended answers with the reason. */
export class ReplicaWorker<Part> {
  private readonly carrier: Carrier;
  private readonly name: string;
  private waiting: { resolve: (sums: Sums) => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;
  /** Resolves once the replica has built its model. */
  readonly ready: Promise<Sums>;

  /** @throws SteadyformerError where it cannot be started */
  constructor(entry: URL, rank: number, start: (listener: Listener) => Carrier) {
    this.name = `replica ${rank} (${entry.pathname.split('/').at(-1)})`;
    this.carrier = started(() =>
      start({
        reply: (reply) => {
          const { waiting } = this;
          this.waiting = undefined;
          if ('error' in reply) waiting?.reject(new SteadyformerError(`${this.name}: ${reply.error}`));
          else waiting?.resolve(reply.sums);
        },
        fail: (why) => this.fail(why),
      }),
    );
    this.ready = this.reply();
    // Whoever waits for it sees the failure all the same; nobody does where a later replica could not be started.
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
      this.carrier.send(request);
    } catch (error) {
      this.waiting?.reject(
        new SteadyformerError(`${this.name}: its part cannot be sent: ${(error as Error).message}`),
      );
      this.waiting = undefined;
    }
    return reply;
  }

  async end(): Promise<void> {
    this.failure ??= new SteadyformerError(`${this.name} was ended`);
    await this.carrier.end();
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

const started = (start: () => Carrier): Carrier => {
  try {
    return start();
  } catch (error) {
    throw new SteadyformerError(
      `Replicas.start(): no replica can be started with this entry and data: ${(error as Error).message}`,
      { cause: error },
    );
  }
};
