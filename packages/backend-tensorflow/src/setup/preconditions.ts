import { TensorflowBackendError } from '../checks/errors';
import type { Compiler } from '../checks/inputs';
import { complaint, type Run } from '../process/run';

/** What setup has to know of the machine. */
export interface Host {
  readonly platform: NodeJS.Platform;
  /** As Node names it. */
  readonly arch: string;
  /** The version of the GNU C library that Node runs on; undefined where it is another, as musl on Alpine. */
  readonly glibc: string | undefined;
}

/** This machine. */
export const thisHost = (): Host => {
  const report = process.platform === 'linux' ? process.report.getReport() : undefined;
  const header = report && 'header' in report ? report.header : undefined;
  const glibc =
    typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header
      ? header.glibcVersionRuntime
      : undefined;
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: typeof glibc === 'string' ? glibc : undefined,
  };
};

const OTHERWISE = 'use @steadyformer/backend-onnxruntime';

/**
 * TensorFlow's wheels are for Linux with the GNU C library, on two processors.
 *
 * @throws TensorflowBackendError where this machine is another.
 */
export const checkHost = ({ platform, arch, glibc }: Host): void => {
  if (platform !== 'linux') {
    throw new TensorflowBackendError(
      `setup knows Linux only, this is '${platform}'. Let tfjs-node's own installer fetch its library, or ${OTHERWISE}.`,
    );
  }
  if (arch !== 'x64' && arch !== 'arm64') {
    throw new TensorflowBackendError(
      `there is no TensorFlow wheel for '${arch}', only for x64 and arm64: run a Node for one of these, or ${OTHERWISE}.`,
    );
  }
  if (glibc === undefined) {
    throw new TensorflowBackendError(
      `this Node runs on another C library than GNU's (musl, as on Alpine), which TensorFlow's wheels need: use an image with glibc, such as node:24-slim, or ${OTHERWISE}.`,
    );
  }
};

/**
 * Tries the compiler before anything is downloaded.
 *
 * @throws TensorflowBackendError where it does not run.
 */
export const checkCompiler = ({ words: [program, ...first] }: Compiler, run: Run): void => {
  const { status, stderr } = run(program, [...first, '--version']);
  if (status === 0) return;
  throw new TensorflowBackendError(
    `no compiler: '${[program, ...first].join(' ')}' does not run (${complaint(stderr) || `status ${status}`}). Run: apt-get install g++ (or name another C++17 compiler by --compiler or CXX). Nothing was changed.`,
  );
};
