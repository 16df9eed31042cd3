/** What a refused request is answered with, as JSON. */
export interface ProblemBody {
  readonly status: number;
  readonly error: string;
  readonly received?: string;
  readonly allowed?: string;
  readonly next?: string;
}

/** A request that is refused: the status, and what was received, what is allowed, what to do. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly body: ProblemBody;
  constructor(
    status: number,
    error: string,
    details: Omit<ProblemBody, 'status' | 'error'> = {},
    /** Seconds after which it may be tried again. */
    readonly retryAfter?: number,
  ) {
    super(error);
    this.body = { status, error, ...details };
  }
}

/** An error's line in its parts: `what: received this, allowed that. Do this.` */
const PARTS = /^.*?: received (?<received>.*), allowed (?<allowed>.*?)\.(?: (?<next>.+))?$/su;
const UNKNOWN = /^.*?unknown [^']*'(?<received>.*?)'.*? Allowed: (?<allowed>[^.]*)\.(?: (?<next>.+))?$/su;

/** The same as a refused request. */
export const problemOf = (status: number, message: string, next: string): Problem => {
  const groups = (PARTS.exec(message) ?? UNKNOWN.exec(message))?.groups ?? {};
  const given = Object.fromEntries(Object.entries(groups).filter(([, value]) => value !== undefined));
  return new Problem(status, message, { next, ...given });
};
