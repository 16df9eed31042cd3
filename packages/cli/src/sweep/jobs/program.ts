import type { Command } from 'commander';
import { explainUnknown } from '../../program/command';
import type { CommandLine } from '../../program/commandLine';
import { positive, positiveWhole } from '../../program/values';
import { indicesLeft } from '../left';
import { readSweep } from '../sweepFile';
import { checkLeft, type SweepJob } from './job';
import { kubernetesJob } from './kubernetes';
import { parallelJob } from './parallel';
import { slurmJob } from './slurm';

type Common = Pick<SweepJob, 'cpus' | 'parallel'>;

const common = (command: Command): Command =>
  command
    .argument('<folder>', 'the folder of the sweep')
    .option('--cpus <n>', 'cores of a run', positiveWhole, 4)
    .option(
      '--parallel <n>',
      'so many runs at a time (default: as many as there is place for)',
      positiveWhole,
    );

const memory = (command: Command): Command =>
  command.option('--gigabytes <n>', 'memory of a run', positive, 8);

/** Adds `sweep job`, which writes what a scheduler is given: nothing here is sent anywhere. */
export const addJob = (sweeps: Command, { streams }: CommandLine): void => {
  const group = sweeps.command('job').description('print a job that makes the runs of a sweep on a cluster');
  const print = async <Options extends Common>(
    folder: string,
    options: Options,
    write: (job: Options & SweepJob) => string,
  ): Promise<void> => {
    const sweep = await readSweep(folder);
    const left = await indicesLeft(folder, sweep);
    checkLeft(folder, left);
    streams.out(write({ ...options, folder, runs: sweep.runs.length, left }));
  };
  memory(common(group.command('slurm')))
    .description('a batch file for sbatch: an array of the runs that have no result')
    .option('--hours <n>', 'time of a run, after which it is saved and goes on in a new one', positive, 12)
    .action((folder: string, options: Common & { readonly hours: number; readonly gigabytes: number }) =>
      print(folder, options, slurmJob),
    );
  memory(common(group.command('kubernetes')))
    .description('the manifest of an indexed job, for kubectl apply')
    .option('--image <name>', 'with a Node that steadyformer runs on', 'node:22')
    .option('--claim <name>', 'the volume claim that holds the folder which the sweep was planned in', 'work')
    .action(
      (
        folder: string,
        options: Common & { readonly gigabytes: number; readonly image: string; readonly claim: string },
      ) => print(folder, options, kubernetesJob),
    );
  common(group.command('parallel'))
    .description('a script for GNU parallel')
    .action((folder: string, options: Common) => print(folder, options, parallelJob));
  explainUnknown(group);
};
