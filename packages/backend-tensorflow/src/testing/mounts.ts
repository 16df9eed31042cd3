import { onTestFinished } from 'vitest';
import { run } from '../process/run';
import { temporary } from './trees';

/** A small file system in memory, until the test ends; undefined where this user may not mount one. */
export const smallDisk = (kilobytes: number): string | undefined => {
  const folder = temporary();
  if (run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]).status !== 0)
    return undefined;
  onTestFinished(() => {
    run('umount', [folder]);
  });
  return folder;
};

/** From now on nothing can be written in a folder of {@link smallDisk}. */
export const makeReadOnly = (folder: string): void => {
  const { status, stderr } = run('mount', ['-o', 'remount,ro', folder]);
  if (status !== 0) throw new Error(stderr);
};
