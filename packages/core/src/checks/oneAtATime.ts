import { SteadyformerError } from './errors';

/**
 * Lets one call of an object run at a time. A call made while another runs is an error that names both, before it has
 * done anything: their steps would mix.
 */
export class OneAtATime {
  private running: string | undefined;

  /** `what` the calls belong to, such as a class. */
  constructor(private readonly what: string) {}

  /** Whether a call runs. */
  get busy(): boolean {
    return this.running !== undefined;
  }

  /** Throws while a call runs: for what is done at once. */
  check(call: string): void {
    if (this.running === undefined) return;
    throw new SteadyformerError(
      `${this.what}: ${call} was called while ${this.running} is still running; await each call before the next one`,
    );
  }

  /** Runs f, and until it ends nothing else. */
  async run<T>(call: string, f: () => Promise<T>): Promise<T> {
    this.check(call);
    this.running = call;
    try {
      return await f();
    } finally {
      this.running = undefined;
    }
  }
}
