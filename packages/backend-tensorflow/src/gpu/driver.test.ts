import { describe, expect, test } from 'vitest';
import { gpuMachine, H200 } from '../testing/gpuMachine';
import { recorded, temporary } from '../testing/trees';
import { findGpu } from './driver';

const found = (options: Parameters<typeof gpuMachine>[0]) => {
  const { run, root } = gpuMachine(options);
  return findGpu(run, root);
};

describe('findGpu', () => {
  test('devices as nvidia-smi describes them', () => {
    const smi = `${H200}\n1, NVIDIA L4, 570.86.15, 23034, 100, 8.9`;
    expect(found({ smi, kernel: '570.86.15' })).toEqual({
      kind: 'works',
      driver: '570.86.15',
      devices: [
        { index: 0, name: 'NVIDIA H200', driver: '570.86.15', memory: 143771, free: 143003, capability: 9 },
        { index: 1, name: 'NVIDIA L4', driver: '570.86.15', memory: 23034, free: 100, capability: 8.9 },
      ],
    });
  });

  test('a driver that does not know compute capabilities is asked for the rest', () => {
    const { run, calls } = recorded((_, args) =>
      args[0]?.includes('compute_cap')
        ? { status: 2, stdout: 'Field "compute_cap" is not a valid field to query.\n' }
        : { stdout: '0, Tesla K80, 450.51.06, 11441, 11000\n' },
    );
    expect(findGpu(run, temporary())).toMatchObject({
      kind: 'works',
      driver: '450.51.06',
      devices: [{ capability: undefined, memory: 11441 }],
    });
    expect(calls).toHaveLength(2);
  });

  test('nothing on a machine without a GPU, with or without nvidia-smi', () => {
    expect(found({})).toEqual({ kind: 'none' });
    const smi =
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.";
    expect(found({ smi, status: 9 })).toEqual({ kind: 'none' });
  });

  test.each([
    ['a device without a driver', { bus: true }, /on the bus, but no driver is loaded/, /apt-get install/],
    [
      'a kernel module without its programs',
      { kernel: '570.86.15' },
      /kernel has the NVIDIA driver 570\.86\.15, but there is no nvidia-smi/,
      /--gpus all/,
    ],
    [
      'a driver that is not loaded',
      { smi: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", bus: true },
      /^nvidia-smi: NVIDIA-SMI has failed/,
      /^modprobe nvidia/,
    ],
    [
      'an update under a running driver',
      { smi: 'Failed to initialize NVML: Driver/library version mismatch', kernel: '550.54.14' },
      /mismatch/,
      /^reboot/,
    ],
    ['a GPU that fell off the bus', { smi: 'No devices were found', kernel: '570.86.15' }, /No dev/, /nvrm/],
    [
      'a container that lost its device',
      { smi: 'Failed to initialize NVML: Unknown Error', kernel: '570.86.15' },
      /Unknown Error/,
      /container anew/,
    ],
  ] as const)('%s is named with its remedy', (_, options, reason, remedy) => {
    expect(found({ status: 9, ...options })).toEqual({
      kind: 'fault',
      reason: expect.stringMatching(reason),
      remedy: expect.stringMatching(remedy),
    });
  });
});
