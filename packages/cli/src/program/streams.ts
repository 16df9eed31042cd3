import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Where a program writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Whether nobody reads `out` any more, as in `steadyformer ... | head -1`. Absent: somebody does. */
  readonly closed?: () => boolean;
  /** Columns of the terminal that shows `out`; undefined, or absent, where it is none. */
  readonly columns?: () => number | undefined;
  /** Resolves once `out` takes more without holding it in memory, or nobody reads it. Absent: at once. */
  readonly drained?: () => Promise<void>;
  /** Standard input. Absent: that of the process. */
  readonly input?: AsyncIterable<Uint8Array>;
}

/** Thrown to end work whose result nobody would read. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

/** A stream of the process as the guards see it. */
export type Guarded = Pick<Writable, 'write' | 'on' | 'off' | 'errored' | 'writableNeedDrain'> & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** Of a terminal that does not say. */
const COLUMNS = 80;

const samePipe = (one: Guarded, other: Guarded): boolean => {
  if (one.fd === undefined || other.fd === undefined) return false;
  const [a, b] = [fstatSync(one.fd), fstatSync(other.fd)];
  return a.ino === b.ino && a.dev === b.dev;
};

/**
 * The streams of a process: once the reader of one is gone, what goes there is dropped, quietly.
 *
 * @param failed takes any other fault of standard output, such as a full disk
 */
export const processStreams = (stdout: Guarded, stderr: Guarded, failed: (error: Error) => void): Streams => {
  const out = guarded(stdout, failed);
  // There is nowhere left to say that errors cannot be said.
  const error = guarded(stderr, () => {});
  const joined = samePipe(stdout, stderr);
  return {
    out: out.write,
    error: error.write,
    closed: () => out.closed() || (joined && error.closed()),
    drained: out.drained,
    columns: () => (stdout.isTTY && !out.closed() ? (stdout.columns ?? COLUMNS) : undefined),
  };
};

const guarded = (stream: Guarded, fault: (error: Error) => void) => {
  let closed = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') fault(error);
    closed = true;
  });
  return {
    write: (text: string): void => {
      if (closed) return;
      stream.write(text);
      // The event comes on a later turn, which long work may never leave to it.
      closed = stream.errored !== null;
    },
    closed: (): boolean => closed,
    drained: (): Promise<void> =>
      new Promise((resolve) => {
        if (closed || !stream.writableNeedDrain) return resolve();
        const done = (): void => {
          stream.off('drain', done);
          stream.off('error', done);
          resolve();
        };
        stream.on('drain', done);
        stream.on('error', done);
      }),
  };
};
