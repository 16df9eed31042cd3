import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { complaint, type Run } from '../process/run';
import { isAlive } from './isAlive';
import type { BuildPlan } from './plan';

const compile = ({ compiler: [program, ...first], args }: BuildPlan, output: string, run: Run): void => {
  const { status, stderr } = run(program, [...first, ...args, '-o', output]);
  if (status === 0 && existsSync(output)) return;
  const name = [program, ...first].join(' ');
  const why =
    complaint(stderr) ||
    (status === 0 ? 'it ended well and wrote nothing' : `it ended with status ${status}`);
  throw new TensorflowBackendError(
    `'${name}' could not compile the addon: ${why}. ${/No space left/.test(stderr) ? 'Make room on that disk (TMPDIR moves the work files of the compiler)' : 'Needed: g++ 9 or newer (Debian: apt-get install g++), or another C++17 compiler by --compiler or CXX'}. Nothing was changed.`,
  );
};

/** Loads the new addon in a process of its own before it takes the place of an older one. */
const tryOut = (addon: string, run: Run): void => {
  const { status, stderr } = run(process.execPath, ['-e', 'require(process.argv[1])', addon]);
  if (status === 0) return;
  throw new TensorflowBackendError(
    `the addon compiled, but does not load: ${complaint(stderr) || `status ${status}`}. Give another TensorFlow by --library or --fetch, or the compiler of this system by --compiler. Nothing was changed.`,
  );
};

/** Removes builds that are not in use: older ones, and those whose setup was killed; never one that is going on. */
const removeOthers = (builds: string, kept: string): void => {
  for (const name of readdirSync(builds)) {
    const owner = Number(/^(\d+)-/.exec(name)?.[1]);
    if (name === kept || (owner !== process.pid && isAlive(owner))) continue;
    rmSync(join(builds, name), { recursive: true, force: true });
  }
};

/** Makes `path` a link to `target` in one step, whatever link or file was there. */
const switchTo = (target: string, path: string): void => {
  const draft = `${path}.${process.pid}.tmp`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    symlinkSync(relative(dirname(path), target), draft);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
};

/** A new folder for a build, its owner in the name; with what is to be removed where the build fails. */
export const openBuild = (builds: string): { readonly folder: string; readonly discard: () => void } => {
  try {
    // Not `recursive`, which takes a read-only file system for a missing folder.
    const made = !existsSync(builds);
    if (made) mkdirSync(builds);
    const folder = mkdtempSync(join(builds, `${process.pid}-`));
    const discard = (): void => {
      rmSync(folder, { recursive: true, force: true });
      if (made && readdirSync(builds).length === 0) rmdirSync(builds);
    };
    return { folder, discard };
  } catch (error) {
    throw new TensorflowBackendError(
      `${dirname(builds)} cannot be written: ${reasonOf(error)}. Run setup as the user who owns it, or where node_modules is not mounted read-only. Nothing was changed.`,
      { cause: error },
    );
  }
};

/**
 * Carries a plan out. All of it happens in a new folder of its own; what makes it the build in use is one link, replaced
 * in one step once the addon has been compiled and has loaded. A process that is killed at any moment leaves the earlier
 * build in use or the new one, and where a step fails, everything is as it was.
 *
 * @throws TensorflowBackendError in one line with the compiler's own words, or where the package cannot be written.
 */
export const build = (plan: BuildPlan, run: Run): void => {
  const { folder, discard } = openBuild(plan.builds);
  const addon = join(folder, basename(plan.output));
  try {
    for (const { path, target } of plan.links) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      symlinkSync(target, join(folder, path));
    }
    compile(plan, addon, run);
    tryOut(addon, run);
    switchTo(addon, plan.output);
  } catch (error) {
    discard();
    if (error instanceof TensorflowBackendError) throw error;
    throw new TensorflowBackendError(
      `the addon could not be put in place: ${reasonOf(error)}. Nothing was changed.`,
      { cause: error },
    );
  }
  removeOthers(plan.builds, basename(folder));
};
