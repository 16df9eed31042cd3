import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';

/** A symbolic link that shall point to `target`, or be gone. */
export interface Change {
  readonly path: string;
  readonly target: string | undefined;
}

/** Where a link points now; undefined where there is none. */
const targetOf = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false }) ? readlinkSync(path) : undefined;

/** Makes one change; a link that exists is replaced in one step, so that it never is missing. */
const apply = ({ path, target }: Change): void => {
  if (target === undefined) {
    rmSync(path, { force: true });
    return;
  }
  const draft = `${path}.${process.pid}.tmp`;
  try {
    symlinkSync(target, draft);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
};

/**
 * Makes all changes, then `last`; where any of it throws, what was done is undone and the error goes on.
 *
 * @param changes paths that hold links or nothing.
 */
export const switchLinks = (changes: readonly Change[], last: () => void): void => {
  const undo: (() => void)[] = [];
  try {
    for (const change of changes) {
      const { path, target } = change;
      const before = targetOf(path);
      if (before === target) continue;
      const made = mkdirSync(dirname(path), { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
      undo.push(() => apply({ path, target: before }));
      apply(change);
    }
    last();
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
};
