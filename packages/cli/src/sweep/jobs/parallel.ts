import { PROGRAM, quoted, type SweepJob } from './job';

/**
 * A script for GNU parallel: a process for every run that has no result when the script is called. Where it is ended, runs
 * have two minutes to save their state, and the same script goes on with them.
 */
export const parallelJob = ({ folder, cpus, parallel }: SweepJob): string => {
  // Of this machine's cores, as many runs as have theirs.
  const jobs = parallel === undefined ? `$(( ($(nproc) + ${cpus - 1}) / ${cpus} ))` : String(parallel);
  return `#!/bin/bash
# Call it in the folder that the sweep was planned in. Runs on other machines: add --sshlogin and --workdir, as of its manual.
set -o pipefail
${PROGRAM} sweep left ${quoted(folder)} --lines |
  parallel --jobs "${jobs}" --termseq TERM,120000,KILL,25 --line-buffer --tag \\
    ${PROGRAM} sweep run ${quoted(quoted(folder))} --quiet --index {}
`;
};
