import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

/** Where a program writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Whether nobody reads `out` any more, as in `steadyformer ... | head -1`. Absent: somebody does. */
  readonly closed?: () => boolean;
}

/** Thrown to end work whose result nobody would read. */
export class ClosedPipe extends Error {
  override readonly name = 'ClosedPipe';
}

/** A stream of the process as the guards see it. */
export type Guarded = Pick<Writable, 'write' | 'on' | 'destroyed'> & { readonly fd?: number };

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
  const writer = (stream: Guarded, fault: (error: Error) => void): ((text: string) => void) => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') fault(error);
    });
    return (text) => {
      if (!stream.destroyed) stream.write(text);
    };
  };
  const joined = samePipe(stdout, stderr);
  return {
    out: writer(stdout, failed),
    // There is nowhere left to say that errors cannot be said.
    error: writer(stderr, () => {}),
    closed: () => stdout.destroyed || (joined && stderr.destroyed),
  };
};
