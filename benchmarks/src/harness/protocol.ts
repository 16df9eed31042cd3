/**
 * Parent and child talk in lines of JSON: requests on the child's standard input, answers on its standard output.
 * Lines without the mark are the child's own chatter. The same protocol serves Node and Python.
 */
export const MARK = '@bench ';

/** What a child is asked. It answers each request once, in order; the end of its input ends it. */
export type Request =
  /** Repeat one step of a case until at least `seconds` have passed (once, where 0): the answer has the means. */
  | { readonly do: 'time'; readonly case: string; readonly seconds: number }
  /** Whatever the child has to tell at the end. */
  | { readonly do: 'report' };

export type Answer =
  /** The first line: the child is set up. */
  | { readonly is: 'ready'; readonly cases: readonly string[]; readonly versions: Versions }
  /** It cannot take part, or not in this case, and why. */
  | { readonly is: 'skip'; readonly reason: string }
  | { readonly is: 'timed'; readonly seconds: number; readonly cpuSeconds: number; readonly steps: number }
  | { readonly is: 'report'; readonly peakBytes: number; readonly facts: Facts };

/** Names and versions of what the child runs on. */
export type Versions = Readonly<Record<string, string>>;

/** What a child found out beside times: JSON. */
export type Facts = Readonly<Record<string, unknown>>;

export const encode = (message: Request | Answer): string => `${MARK}${JSON.stringify(message)}\n`;

/** The message on a line, or undefined where the line is none. */
export const decode = <T extends Request | Answer>(line: string): T | undefined =>
  line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as T) : undefined;
