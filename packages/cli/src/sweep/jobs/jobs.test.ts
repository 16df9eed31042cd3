import { execFileSync } from 'node:child_process';
import { Job } from 'kubernetes-models/batch/v1';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkLeft, jobName, PROGRAM, quoted } from './job';
import { kubernetesJob } from './kubernetes';
import { parallelJob } from './parallel';
import { slurmJob } from './slurm';

const sweep = { folder: 'sweeps/rates', runs: 12, left: [0, 1, 2, 5, 7, 8], cpus: 4 } as const;
/** With all that a shell might take for its own. */
const AWKWARD = 'sweeps/it\'s $(touch x) `y` "z"\n& more';

/** What a shell makes of a script with these functions in place of its programs: the arguments of each call. */
const calls = (script: string, ...names: string[]): string[][] => {
  // Each in one write, as those of a pipe come at the same time: bash ends a write at every line's end, and these have none.
  const show = names.map(
    (name) => `${name}() { printf '%s ' "$(printf '\\036%s' ${name} "$@" | base64 | tr -d '\\n')" >&3; }`,
  );
  const out = execFileSync('bash', ['-c', `exec 3>&1 >&2\n${show.join('\n')}\n${script}`, 'script'], {
    encoding: 'utf8',
    env: { ...process.env, SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3' },
  });
  return out
    .trim()
    .split(' ')
    .map((call) => Buffer.from(call, 'base64').toString().split('\x1e').slice(1));
};

describe('slurmJob', () => {
  const job = { ...sweep, hours: 1.5, gigabytes: 0.5 };

  it('is an array of the runs that are left', () => {
    const directives = [...slurmJob({ ...job, parallel: 4 }).matchAll(/^#SBATCH (\S+)$/gm)].map(
      ([, directive]) => directive,
    );
    expect(directives).toEqual([
      '--job-name=rates',
      '--array=0-2,5,7-8%4',
      '--ntasks=1',
      '--cpus-per-task=4',
      '--mem=512M',
      '--time=1:30:00',
      '--signal=TERM@120',
      '--requeue',
      '--open-mode=append',
    ]);
    expect(slurmJob(job)).toContain('\n#SBATCH --array=0-2,5,7-8\n');
    expect(slurmJob({ ...job, hours: 0.001 })).toContain('--time=0:01:00');
  });

  it('calls the command as a shell reads it, and puts back what was stopped', () => {
    const script = slurmJob({ ...job, folder: AWKWARD });
    const run = ['srun', PROGRAM, 'sweep', 'run', AWKWARD, '--quiet'];
    expect(calls(script, 'srun', 'scontrol')).toEqual([run]);
    const stopped = script.replace('code=$?', 'code=75').replace('exit "$code"', '');
    expect(calls(stopped, 'srun', 'scontrol')).toEqual([run, ['scontrol', 'requeue', '7_3']]);
    // Directives are read up to the first command: nothing of the folder's name may come between as one.
    expect(script.split('\n').findIndex((line) => line.startsWith('srun'))).toBe(12);
  });
});

describe('kubernetesJob', () => {
  const job = { ...sweep, gigabytes: 8, image: 'node:22', claim: 'work' };

  it("is an indexed job of all runs, by Kubernetes' own schema", () => {
    const manifest = parse(kubernetesJob({ ...job, parallel: 3 }));
    expect(() => new Job(manifest).validate()).not.toThrow();
    expect(manifest.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 12,
      parallelism: 3,
      backoffLimitPerIndex: 3,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onExitCodes: { operator: 'In', values: [75] } },
          { action: 'FailIndex', onExitCodes: { operator: 'In', values: [2] } },
        ],
      },
    });
    const [container] = manifest.spec.template.spec.containers;
    expect([...container.command, ...container.args]).toEqual([
      PROGRAM,
      'sweep',
      'run',
      'sweeps/rates',
      '--quiet',
    ]);
    expect(container.resources).toEqual({
      requests: { cpu: '4', memory: '8192Mi' },
      limits: { memory: '8192Mi' },
    });
    // What the schema refuses, so that the check above is one.
    manifest.spec.completions = 'twelve';
    expect(() => new Job(manifest).validate()).toThrow(/completions/);
  });

  it('has as many pods at a time as runs, and text that YAML could take for something else', () => {
    expect(parse(kubernetesJob(job)).spec.parallelism).toBe(12);
    expect(parse(kubernetesJob({ ...job, parallel: 99 })).spec.parallelism).toBe(12);
    const awkward = kubernetesJob({ ...job, folder: AWKWARD, image: 'registry:5000/a: b', claim: 'yes' });
    const { containers, volumes } = parse(awkward).spec.template.spec;
    expect(containers[0].args[2]).toBe(AWKWARD);
    expect(containers[0].image).toBe('registry:5000/a: b');
    expect(volumes[0].persistentVolumeClaim.claimName).toBe('yes');
  });

  it.each(['/data/rates', '../rates', 'a/../../rates', '..'])(
    'refuses %s, which is not in the volume',
    (folder) => {
      expect(() => kubernetesJob({ ...job, folder })).toThrow(
        `received the folder ${folder}, allowed a path from`,
      );
    },
  );
});

describe('parallelJob', () => {
  it('gives every index that is left to a process', () => {
    const [run, left] = calls(
      parallelJob({ ...sweep, folder: AWKWARD, parallel: 2 }),
      PROGRAM,
      'parallel',
    ).sort(([a = ''], [b = '']) => b.localeCompare(a));
    expect(left).toEqual([PROGRAM, 'sweep', 'left', AWKWARD, '--lines']);
    expect(run).toEqual([
      ...['parallel', '--jobs', '2', '--termseq', 'TERM,120000,KILL,25', '--line-buffer', '--tag'],
      // parallel puts its words together and has a shell read them once more.
      ...[PROGRAM, 'sweep', 'run', quoted(AWKWARD), '--quiet', '--index', '{}'],
    ]);
  });

  it('has as many at a time as there are cores for', () => {
    const cores = Number(execFileSync('nproc', { encoding: 'utf8' }));
    const jobs = (cpus: number) =>
      calls(parallelJob({ ...sweep, cpus }), PROGRAM, 'parallel').find(([name]) => name === 'parallel')?.[2];
    expect([jobs(1), jobs(2), jobs(cores + 1)]).toEqual([String(cores), String(Math.ceil(cores / 2)), '1']);
  });
});

describe('what jobs have in common', () => {
  it.each([
    ['sweeps/rates', 'rates'],
    ['Sweeps/My Rates_2/', 'my-rates-2'],
    ['12', 'sweep'],
    ['1-a', 'a'],
    ['ä', 'sweep'],
    [`${'x'.repeat(49)}--y`, 'x'.repeat(49)],
  ])('%s is named %s', (folder, name) => {
    expect(jobName(folder)).toBe(name);
  });

  it.each(['a b', "it's", '$(x)', '', 'a\nb', 'plain/path-1.x', '~', '-x', '*'])(
    'a shell reads %j',
    (word) => {
      expect(calls(`srun ${quoted(word)}`, 'srun')).toEqual([['srun', word]]);
    },
  );

  it('refuses a sweep of which nothing is left', () => {
    expect(() => checkLeft('sweeps/rates', [])).toThrow('sweeps/rates: every run has a result');
    expect(() => checkLeft('sweeps/rates', [0])).not.toThrow();
  });
});
