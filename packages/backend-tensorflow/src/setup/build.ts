import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { type Run, tail } from '../process/run';
import type { BuildPlan, Link } from './plan';
import { type Change, switchLinks } from './switchLinks';

/** Links beside the planned ones: what an earlier setup placed for another library. */
const stale = (links: readonly Link[]): string[] => {
  const planned = new Set(links.map(({ path }) => path));
  return [...new Set(links.map(({ path }) => dirname(path)))]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => !planned.has(path) && lstatSync(path).isSymbolicLink());
};

const changesOf = (links: readonly Link[]): Change[] => [
  ...stale(links).map((path) => ({ path, target: undefined })),
  ...links,
];

const refuseRealFiles = (links: readonly Link[]): void => {
  for (const { path } of links) {
    const present = lstatSync(path, { throwIfNoEntry: false });
    if (!present || present.isSymbolicLink()) continue;
    throw new TensorflowBackendError(
      `${path} is a real file or folder, left by another installation. Delete the folder 'deps' above it and run setup again.`,
    );
  }
};

const compile = ({ compiler: [program, ...first], args }: BuildPlan, output: string, run: Run): void => {
  const { status, stderr } = run(program, [...first, ...args, '-o', output]);
  if (status === 0 && existsSync(output)) return;
  const name = [program, ...first].join(' ');
  const why =
    tail(stderr) || (status === 0 ? 'it ended well and wrote nothing' : `it ended with status ${status}`);
  throw new TensorflowBackendError(
    `'${name}' could not compile the addon:\n${why}\nNeeded: g++ 9 or newer (Debian: apt-get install g++), or another C++17 compiler by --compiler or CXX. Nothing was changed.`,
  );
};

/**
 * Carries a plan out. The addon is compiled beside its place first; only then the links change and it takes its
 * place. Where a step fails, links, addon and folders are as they were.
 *
 * @throws TensorflowBackendError with the compiler's last lines, where a real file is in a link's place, or where
 * the package's folder cannot be written.
 */
export const build = (plan: BuildPlan, run: Run): void => {
  refuseRealFiles(plan.links);
  const folder = dirname(plan.output);
  const draft = `${plan.output}.${process.pid}.tmp`;
  let made: string | undefined;
  let done = false;
  try {
    made = mkdirSync(folder, { recursive: true });
    compile(plan, draft, run);
    switchLinks(changesOf(plan.links), () => renameSync(draft, plan.output));
    done = true;
  } catch (error) {
    if (error instanceof TensorflowBackendError) throw error;
    throw new TensorflowBackendError(
      `the addon could not be put in place: ${reasonOf(error)}. Nothing was changed.`,
      { cause: error },
    );
  } finally {
    rmSync(draft, { force: true });
    if (!done && made !== undefined) rmSync(made, { recursive: true, force: true });
  }
};
