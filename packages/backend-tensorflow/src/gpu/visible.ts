import { type Run, run } from '../process/run';
import { findGpu } from './driver';

/** How the variable names devices that a process may use, by number or UUID. */
export const VISIBLE = 'CUDA_VISIBLE_DEVICES';

/** The list in the variable as CUDA reads it: up to the first that is no device; undefined where it is not set. */
const listed = (variable: string | undefined): string[] | undefined => {
  const names = variable?.split(',').map((name) => name.trim());
  const end = names?.findIndex((name) => name === '' || name.startsWith('-')) ?? -1;
  return end < 0 ? names : names?.slice(0, end);
};

/**
 * The devices that processes of this program can have, one each.
 *
 * @param variable CUDA_VISIBLE_DEVICES as the user set it
 */
export const visibleDevices = (
  variable: string | undefined,
  execute: Run = run,
  root = '/',
): readonly string[] => {
  const names = listed(variable);
  if (names) return names;
  const gpu = findGpu(execute, root);
  return gpu.kind === 'works' ? gpu.devices.map((_, i) => String(i)) : [];
};

/**
 * Runs f while this process sees the first of its devices alone. tfjs computes on that one; TensorFlow would take memory of
 * all that it sees as it loads, and leave none for other processes.
 */
export const onFirstDevice = <T>(f: () => T, env: NodeJS.ProcessEnv = process.env): T => {
  const before = env[VISIBLE];
  const names = listed(before) ?? ['0'];
  env[VISIBLE] = names[0] ?? before ?? '';
  try {
    return f();
  } finally {
    if (before === undefined) delete env[VISIBLE];
    else env[VISIBLE] = before;
  }
};
