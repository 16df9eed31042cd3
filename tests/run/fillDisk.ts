import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'full';

/** Fills a disk, but for so many bytes. */
export const fillDisk = (disk: string, left: number): void => {
  const { bavail, bsize } = statfsSync(disk);
  const blocks = bavail - Math.ceil(left / bsize);
  if (blocks > 0) writeFileSync(join(disk, NAME), new Uint8Array(blocks * bsize));
};

/** Makes the room again. */
export const makeRoom = (disk: string): void => rmSync(join(disk, NAME), { force: true });
