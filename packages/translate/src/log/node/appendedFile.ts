import type { FileHandle } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { writeReason } from '../../checks/node/errorCode';

/** The error for a log that cannot be written, or the error itself where it says so already. */
export const cannotWrite = (path: string, error: unknown): SteadyformerError => {
  if (error instanceof SteadyformerError) return error;
  return new SteadyformerError(
    `the log '${path}' cannot be written (${writeReason(error)}). Make room, or name another folder; what it held is as it was.`,
    { cause: error },
  );
};

/** A file that grows by whole pieces: what a full disk leaves of one is cut off again. */
export class AppendedFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private length: number;
  /** Whether a part of a piece may stand behind the last whole one, as cutting it off failed too. */
  private torn = false;

  /** `handle` must not be in append mode: what could not be cut off is written over. */
  constructor(path: string, handle: FileHandle, length = 0) {
    this.path = path;
    this.handle = handle;
    this.length = length;
  }

  /** @throws SteadyformerError where the piece cannot be written; the file is as it was */
  async append(piece: Uint8Array): Promise<void> {
    try {
      const { bytesWritten } = await this.handle.write(piece, 0, piece.length, this.length);
      if (bytesWritten < piece.length) throw Object.assign(new Error('short'), { code: 'ENOSPC' });
      if (this.torn) await this.handle.truncate(this.length + piece.length);
      this.length += piece.length;
      this.torn = false;
    } catch (error) {
      this.torn = await this.handle.truncate(this.length).then(
        () => false,
        () => true,
      );
      throw cannotWrite(this.path, error);
    }
  }

  /** Makes what was written outlast a power cut. */
  async sync(): Promise<void> {
    await this.handle.sync().catch((error: unknown) => {
      throw cannotWrite(this.path, error);
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
