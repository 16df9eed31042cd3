import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machine, versions } from '@steadyformer/core/node';
import * as v from 'valibot';

/** What numbers depend on beside the item. */
export const provenance = v.object({
  /** Of the repository; with '+' where files are changed. */
  commit: v.string(),
  node: v.string(),
  tfjs: v.string(),
  packages: v.record(v.string(), v.string()),
  processor: v.string(),
  cores: v.number(),
});
export type Provenance = v.InferOutput<typeof provenance>;

const root = fileURLToPath(new URL('../../..', import.meta.url));

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/** The commit; 'unknown' outside a clone. */
export const commit = (): string => {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'packages', 'experiments/src');
    return `${git('rev-parse', '--short=12', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
};

export const provenanceNow = (): Provenance => {
  const { node, tfjs, packages } = versions(import.meta.url);
  const { processor, cores } = machine();
  return { commit: commit(), node, tfjs, packages: { ...packages }, processor, cores };
};
