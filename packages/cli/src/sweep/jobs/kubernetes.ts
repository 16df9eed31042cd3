import { posix } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { stringify } from 'yaml';
import { AGAIN, jobName, PROGRAM, type SweepJob } from './job';

export interface KubernetesJob extends SweepJob {
  readonly gigabytes: number;
  readonly image: string;
  /** A claim of a volume: the folder that the sweep was planned in. */
  readonly claim: string;
}

/** Where the volume is in a pod. */
const MOUNT = '/work';

/** An index that fails so often is given up, and the others go on. */
const TRIES = 3;

/** A mistake in the config, or the like, stays one. */
const MISTAKE = 2;

/**
 * The folder from the one that the volume holds.
 *
 * @throws SteadyformerError where it is elsewhere
 */
const inVolume = (folder: string): string => {
  const path = posix.normalize(folder.replaceAll('\\', '/')).replace(/\/$/u, '');
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../')) {
    throw new SteadyformerError(
      `sweep job kubernetes: received the folder ${folder}, allowed a path from the folder that the sweep was planned in, as ${MOUNT} of the pods is that folder`,
    );
  }
  return path;
};

/** The manifest of an indexed job of Kubernetes (batch/v1): a pod a run. Pods whose run has a result end at once. */
export const kubernetesJob = ({
  folder,
  runs,
  cpus,
  parallel = runs,
  gigabytes,
  image,
  claim,
}: KubernetesJob): string => {
  const memory = `${Math.ceil(1024 * gigabytes)}Mi`;
  const whenCode = (code: number, action: string): object => ({
    action,
    onExitCodes: { operator: 'In', values: [code] },
  });
  const container = {
    name: 'run',
    image,
    workingDir: MOUNT,
    command: [PROGRAM],
    args: ['sweep', 'run', inVolume(folder), '--quiet'],
    resources: { requests: { cpu: String(cpus), memory }, limits: { memory } },
    volumeMounts: [{ name: 'work', mountPath: MOUNT }],
  };
  const manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(folder) },
    spec: {
      completionMode: 'Indexed',
      completions: runs,
      parallelism: Math.min(parallel, runs),
      backoffLimitPerIndex: TRIES,
      podFailurePolicy: { rules: [whenCode(AGAIN, 'Ignore'), whenCode(MISTAKE, 'FailIndex')] },
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 120,
          containers: [container],
          volumes: [{ name: 'work', persistentVolumeClaim: { claimName: claim } }],
        },
      },
    },
  };
  const head = `# A pod for every run of ${JSON.stringify(folder)}. The volume of the claim ${JSON.stringify(claim)} is the folder that the sweep was planned in,
# where \`npm install steadyformer @tensorflow/tfjs\` has been called. Kubernetes 1.33 or newer.
`;
  return head + stringify(manifest);
};
