import { existsSync } from 'node:fs';
import { installDebian } from './debian.mjs';

/**
 * Gives the tests of products by another library Debian's OpenBLAS (some 30 MB; MKL has 1 GB). They skip without.
 * @param {import('./command.mjs').Step} step
 */
export const installOpenBlas = async (step) => {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  if (existsSync(`/usr/lib/${triplet}/openblas-pthread/libopenblas.so.0`)) return;
  await installDebian(step, 'libopenblas0-pthread');
};
