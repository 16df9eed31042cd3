import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Run, tail } from '../process/run';

/** One GPU as its driver describes it. */
export interface Device {
  readonly index: number;
  readonly name: string;
  /** Compute capability, e.g. 9; undefined where the driver is too old to say. */
  readonly capability: number | undefined;
  /** In MiB. */
  readonly memory: number;
  /** In MiB: what no process holds. */
  readonly free: number;
}

/** What a machine offers of NVIDIA's: nothing, something that does not work, or devices. */
export type Gpu =
  | { readonly kind: 'none' }
  | { readonly kind: 'fault'; readonly reason: string; readonly remedy: string }
  | { readonly kind: 'works'; readonly driver: string; readonly devices: readonly Device[] };

const QUERY = 'index,name,driver_version,memory.total,memory.free';
const NVIDIA = '0x10de';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};

/** Whether the PCI bus has a display or compute device (class 03) of NVIDIA's, driver or not. */
const onTheBus = (root: string): boolean => {
  const devices = join(root, 'sys/bus/pci/devices');
  return (existsSync(devices) ? readdirSync(devices) : []).some(
    (name) =>
      read(join(devices, name, 'vendor')) === NVIDIA && read(join(devices, name, 'class')).startsWith('0x03'),
  );
};

/** The version of the kernel's driver, as `/proc/driver/nvidia/version` has it; '' where it is not loaded. */
const kernelDriver = (root: string): string =>
  /(\d+\.\d+(?:\.\d+)?)/.exec(read(join(root, 'proc/driver/nvidia/version')))?.[1] ?? '';

const device = (row: string, withCapability: boolean): (Device & { readonly driver: string }) | undefined => {
  const [index, name, driver, memory, free, capability] = row.split(',').map((cell) => cell.trim());
  if (driver === undefined || memory === undefined || !/^\d+$/.test(index ?? '')) return undefined;
  return {
    index: Number(index),
    name: name ?? '',
    driver,
    memory: Number(memory),
    free: Number(free),
    capability: withCapability && Number(capability) > 0 ? Number(capability) : undefined,
  };
};

const ask = (run: Run, fields: string) =>
  run('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits']);

/** What to do about the words of an `nvidia-smi` that fails. */
const remedyFor = (words: string): string => {
  if (/version mismatch/i.test(words)) return 'reboot (the driver was updated while the old one was loaded)';
  if (/communicate with the NVIDIA driver/i.test(words))
    return 'modprobe nvidia, or install the driver again';
  if (/no devices were found/i.test(words)) return 'nvidia-smi -L, then dmesg | grep -i nvrm';
  return "start the container anew with '--gpus all', or reboot";
};

/** What installs a driver: the machine's own package, or the container's flag. */
const INSTALL_DRIVER =
  "apt-get install nvidia-driver (Ubuntu: ubuntu-drivers install); in a container start it with '--gpus all'";

/**
 * Looks for NVIDIA GPUs: what `nvidia-smi` says, or where it is absent or fails, why.
 *
 * @param root of the file system: `/` but in tests.
 */
export const findGpu = (run: Run, root: string): Gpu => {
  const full = ask(run, `${QUERY},compute_cap`);
  // A driver older than 470 does not know the field.
  const old = full.status !== 0 && /not a valid field/i.test(full.stdout + full.stderr);
  const { status, stdout, stderr } = old ? ask(run, QUERY) : full;
  const kernel = kernelDriver(root);
  if (status === null) {
    if (kernel !== '') {
      return {
        kind: 'fault',
        reason: `the kernel has the NVIDIA driver ${kernel}, but there is no nvidia-smi: its user-space part is not installed`,
        remedy: INSTALL_DRIVER,
      };
    }
    if (!onTheBus(root)) return { kind: 'none' };
    return {
      kind: 'fault',
      reason: 'an NVIDIA GPU is on the bus, but no driver is loaded',
      remedy: INSTALL_DRIVER,
    };
  }
  const rows = stdout.split('\n').filter((row) => row.trim() !== '');
  const devices = rows.map((row) => device(row, !old)).filter((found) => found !== undefined);
  const [first] = devices;
  if (status === 0 && first) return { kind: 'works', driver: first.driver, devices };
  const words = tail(stderr || stdout, 1) || `it ended with status ${status}`;
  if (kernel === '' && !onTheBus(root) && !/mismatch/i.test(words)) return { kind: 'none' };
  return { kind: 'fault', reason: `nvidia-smi: ${words}`, remedy: remedyFor(stderr + stdout) };
};
