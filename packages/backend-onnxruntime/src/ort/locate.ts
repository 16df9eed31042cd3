import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { OnnxRuntimeError } from '../errors';

/** Where the library was looked for, as `process` describes the machine. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

const FILES: Readonly<Record<string, string>> = {
  'linux/x64': 'libonnxruntime.so.1',
  'linux/arm64': 'libonnxruntime.so.1',
  'darwin/arm64': 'libonnxruntime.1.dylib',
  'win32/x64': 'onnxruntime.dll',
  'win32/arm64': 'onnxruntime.dll',
};

const REMEDY =
  'Set the environment variable STEADYFORMER_ONNXRUNTIME (or configure({ libraryPath })) to an ONNX Runtime ' +
  'shared library built for this machine, or use another TensorFlow.js backend.';

/** The folder of the installed onnxruntime-node package, or undefined. */
const packageFolder = (): string | undefined => {
  const require = createRequire(import.meta.url);
  try {
    return dirname(require.resolve('onnxruntime-node/package.json'));
  } catch {
    // A package may hide its package.json; its main entry is <root>/dist/index.js.
    try {
      return dirname(dirname(require.resolve('onnxruntime-node')));
    } catch {
      return undefined;
    }
  }
};

/**
 * The path of the native library: the one given, else the copy inside `onnxruntime-node`.
 *
 * @throws OnnxRuntimeError where there is none for this machine, with cause and remedy.
 */
export const locateLibrary = (given: string | undefined, machine: Machine = process): string => {
  if (given != null && given !== '') {
    const path = resolve(given);
    if (existsSync(path)) return path;
    throw new OnnxRuntimeError(`The ONNX Runtime library '${path}' does not exist. ${REMEDY}`);
  }
  const place = `${machine.platform}/${machine.arch}`;
  const file = FILES[place];
  if (file == null) {
    const known = Object.keys(FILES).join(', ');
    throw new OnnxRuntimeError(
      `onnxruntime-node carries no library for ${place} (it does for ${known}). ${REMEDY}`,
    );
  }
  const folder = packageFolder();
  if (folder == null) {
    throw new OnnxRuntimeError(
      `The package onnxruntime-node is not installed. Run npm i onnxruntime-node --onnxruntime-node-install=skip. ${REMEDY}`,
    );
  }
  const path = join(folder, 'bin', 'napi-v6', machine.platform, machine.arch, file);
  if (existsSync(path)) return path;
  throw new OnnxRuntimeError(
    `The library of onnxruntime-node is missing: '${path}'. Reinstall onnxruntime-node 1.30 or later. ${REMEDY}`,
  );
};
