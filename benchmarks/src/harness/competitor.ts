import type { Answer, Request } from './protocol';

/** One way of doing the work, in a process of its own. */
export interface Competitor {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Why it is not even started. */
  readonly skip?: string;
}

/** A running competitor. */
export interface Runner {
  /** The child's first word: `ready`, or `skip` with the reason. */
  readonly ready: Promise<Answer>;
  /** Sends a request. A child that dies answers every open and later request with `skip` and what it said last. */
  readonly ask: (request: Request) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export type Start = (competitor: Competitor) => Runner;
