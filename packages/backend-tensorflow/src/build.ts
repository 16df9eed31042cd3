import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { TensorflowBackendError } from './errors';
import type { BuildPlan, Link } from './plan';
import { type Run, tail } from './run';

const placeLink = ({ path, target }: Link): void => {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present && !present.isSymbolicLink()) {
    throw new TensorflowBackendError(
      `${path} is a real file or folder, left by another installation. Delete the folder 'deps' above it and run setup again.`,
    );
  }
  if (present && readlinkSync(path) === target) return;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(target, path);
};

/** Removes links beside the planned ones: what an earlier setup placed for another library. */
const removeStale = (links: readonly Link[]): void => {
  const planned = new Set(links.map(({ path }) => path));
  for (const folder of new Set(links.map(({ path }) => dirname(path)))) {
    if (!existsSync(folder)) continue;
    for (const path of readdirSync(folder).map((name) => join(folder, name))) {
      if (!planned.has(path) && lstatSync(path).isSymbolicLink()) rmSync(path);
    }
  }
};

/**
 * Carries a plan out: places the links, compiles, and puts the addon in place only when it is complete.
 *
 * @throws TensorflowBackendError with the compiler's last lines, or where a real file is in a link's place.
 */
export const build = (plan: BuildPlan, run: Run): void => {
  removeStale(plan.links);
  for (const link of plan.links) placeLink(link);
  mkdirSync(dirname(plan.output), { recursive: true });
  const draft = `${plan.output}.${process.pid}.tmp`;
  try {
    const { status, stderr } = run(plan.compiler, [...plan.args, '-o', draft]);
    if (status !== 0) {
      throw new TensorflowBackendError(
        `'${plan.compiler}' could not compile the addon:\n${tail(stderr)}\nNeeded: g++ 9 or newer (Debian: apt-get install g++), or another compiler by --compiler.`,
      );
    }
    renameSync(draft, plan.output);
  } finally {
    rmSync(draft, { force: true });
  }
};
