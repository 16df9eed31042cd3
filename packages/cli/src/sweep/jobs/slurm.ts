import { rangesOf } from '../left';
import { AGAIN, jobName, PROGRAM, quoted, type SweepJob } from './job';

export interface SlurmJob extends SweepJob {
  readonly hours: number;
  readonly gigabytes: number;
}

const time = (hours: number): string => {
  const minutes = Math.max(1, Math.round(60 * hours));
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:00`;
};

/**
 * A batch file for Slurm's `sbatch`: an array of a task a run. Two minutes before its time is over a task saves its state and
 * is put back into the queue.
 */
export const slurmJob = ({ folder, left, cpus, parallel, hours, gigabytes }: SlurmJob): string =>
  `#!/bin/bash
# A task for every run of ${JSON.stringify(folder)} that had no result. Submit it in the folder that the sweep was planned in,
# which all nodes see.
#SBATCH --job-name=${jobName(folder)}
#SBATCH --array=${rangesOf(left)}${parallel === undefined ? '' : `%${parallel}`}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=${cpus}
#SBATCH --mem=${Math.ceil(1024 * gigabytes)}M
#SBATCH --time=${time(hours)}
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
srun ${PROGRAM} sweep run ${quoted(folder)} --quiet
code=$?
# ${AGAIN}: it was stopped, with its state saved, and goes on from there.
if [ "$code" -eq ${AGAIN} ]; then scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"; fi
exit "$code"
`;
