import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, run } from '../process/run';
import { place, temporary } from './trees';

/** What stands in for a machine with an NVIDIA GPU. */
export interface GpuMachine {
  /** Its file system, as far as drivers and libraries are looked for. */
  readonly root: string;
  /** The folder of its programs, for a PATH. */
  readonly bin: string;
  /** Starts its `nvidia-smi` and `ldconfig`, real programs, and nothing else. */
  readonly run: Run;
}

interface GpuMachineOptions {
  /** What `nvidia-smi` prints, by the field that the query ends with; absent: there is no such program. */
  readonly smi?: string;
  /** Its exit status. */
  readonly status?: number;
  /** Version of the kernel's driver; absent: not loaded. */
  readonly kernel?: string;
  /** Whether the PCI bus shows a device. */
  readonly bus?: boolean;
  /** Libraries of the system, by file name. */
  readonly libraries?: readonly string[];
  /** Lines of `ldconfig -p`. */
  readonly loaderCache?: string;
}

const program = (path: string, text: string): void => {
  place(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
};

/** A row of `nvidia-smi --query-gpu=index,name,driver_version,memory.total,memory.free,compute_cap`. */
export const H200 = '0, NVIDIA H200, 570.86.15, 143771, 143003, 9.0';

export const gpuMachine = ({
  smi,
  status = 0,
  kernel,
  bus = kernel !== undefined,
  libraries = [],
  loaderCache = '',
}: GpuMachineOptions): GpuMachine => {
  const root = temporary();
  const bin = join(root, 'usr', 'bin');
  if (smi !== undefined) {
    program(join(bin, 'nvidia-smi'), `cat ${place(join(root, 'smi.txt'), `${smi}\n`)}\nexit ${status}`);
  }
  program(join(bin, 'ldconfig'), `cat ${place(join(root, 'ldconfig.txt'), `${loaderCache}\n`)}`);
  if (kernel !== undefined) {
    place(
      join(root, 'proc/driver/nvidia/version'),
      `NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${kernel}  Tue Jan 14\nGCC version: 12.2.0\n`,
    );
  }
  if (bus) {
    place(join(root, 'sys/bus/pci/devices/0000:01:00.0/vendor'), '0x10de\n');
    place(join(root, 'sys/bus/pci/devices/0000:01:00.0/class'), '0x030200\n');
  }
  for (const name of libraries) place(join(root, 'usr/lib64', name));
  return {
    root,
    bin,
    run: (command, args) =>
      existsSync(join(bin, command))
        ? run(join(bin, command), args)
        : { status: null, stdout: '', stderr: `${command} ENOENT` },
  };
};
