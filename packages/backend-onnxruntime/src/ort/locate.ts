import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { OnnxRuntimeError } from '../errors';

/** Where the library was looked for, as `process` describes the machine. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

/** Finds what `name/package.json` means to this package, or throws: `require.resolve`. */
type Resolve = (request: string) => string;

/** The release of the packages below; our package.json names the same as optional dependencies. */
const RELEASE = '1.13.8';

/** The package that carries the library for a machine, and the library's name in it. npm installs the one that fits. */
const CARRIERS: Readonly<Record<string, readonly [name: string, file: string]>> = {
  'linux/x64': ['sherpa-onnx-linux-x64', 'libonnxruntime.so'],
  'linux/arm64': ['sherpa-onnx-linux-arm64', 'libonnxruntime.so'],
  'darwin/x64': ['sherpa-onnx-darwin-x64', 'libonnxruntime.dylib'],
  'darwin/arm64': ['sherpa-onnx-darwin-arm64', 'libonnxruntime.dylib'],
  'win32/x64': ['sherpa-onnx-win-x64', 'onnxruntime.dll'],
};

/** The packages that our package.json must name, with their versions. */
export const carriers: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(CARRIERS).map(([name]) => [name, RELEASE]),
);

/** Machines for which onnxruntime-node alone has a library. */
const ONLY_IN_PEER = ['win32/arm64'];

/** The library in onnxruntime-node: libonnxruntime.so.1, libonnxruntime.1.28.0.dylib, onnxruntime.dll. */
const PEER_FILE = /^(libonnxruntime\.so(\.\d+)*|libonnxruntime(\.\d+)*\.dylib|onnxruntime\.dll)$/;
/** The minor version of 1.x from which all tests of this package pass; before it infinities and NaN go astray. */
const OLDEST_PEER = 28;

/** The end of a sentence that says what to do. */
const REMEDY =
  'set the environment variable STEADYFORMER_ONNXRUNTIME (or configure({ libraryPath })) to an ONNX Runtime ' +
  'shared library built for this machine, or use another TensorFlow.js backend.';

/** The folder of an installed package, or undefined. */
const packageFolder = (resolveFrom: Resolve, name: string): string | undefined => {
  try {
    return dirname(resolveFrom(`${name}/package.json`));
  } catch {
    return undefined;
  }
};

/** The names in a folder that fit; none where there is no such folder. */
const namesIn = (folder: string, wanted: RegExp): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => wanted.test(name)) : [];

/** The library of an installed onnxruntime-node, where it has one for this machine that is new enough. */
const inPeer = (resolveFrom: Resolve, { platform, arch }: Machine): string | undefined => {
  const folder = packageFolder(resolveFrom, 'onnxruntime-node');
  if (folder == null) return undefined;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== 1 || minor < OLDEST_PEER) return undefined;
  const bin = join(folder, 'bin');
  for (const napi of namesIn(bin, /^napi-v\d+$/)) {
    const place = join(bin, napi, platform, arch);
    const [file] = namesIn(place, PEER_FILE).sort((a, b) => a.length - b.length);
    if (file != null) return join(place, file);
  }
  return undefined;
};

/**
 * The path of the native library: the one given; else the one of an installed `onnxruntime-node`, as who installs it
 * has chosen it; else the one of the `sherpa-onnx-*` package that npm installs beside this one.
 *
 * @throws OnnxRuntimeError where there is none for this machine, with cause and remedy.
 */
export const locateLibrary = (
  given: string | undefined,
  machine: Machine = process,
  resolveFrom: Resolve = createRequire(import.meta.url).resolve,
): string => {
  if (given != null && given !== '') {
    const path = resolve(given);
    if (existsSync(path)) return path;
    throw new OnnxRuntimeError(
      `The ONNX Runtime library '${path}' does not exist. Name one that does in STEADYFORMER_ONNXRUNTIME or configure({ libraryPath }), or name none: the installed package then carries it.`,
    );
  }
  const peer = inPeer(resolveFrom, machine);
  if (peer != null) return peer;
  const place = `${machine.platform}/${machine.arch}`;
  const carrier = CARRIERS[place];
  if (carrier == null) {
    const known = Object.keys(CARRIERS).join(', ');
    const next = ONLY_IN_PEER.includes(place) ? 'Run npm i onnxruntime-node, which has one, or' : 'You can';
    throw new OnnxRuntimeError(
      `No package installed with this one carries ONNX Runtime for ${place} (there is one for ${known}). ${next} ${REMEDY}`,
    );
  }
  const [name, file] = carrier;
  const folder = packageFolder(resolveFrom, name);
  if (folder == null) {
    throw new OnnxRuntimeError(
      `The package ${name}, an optional dependency that carries ONNX Runtime for ${place}, is not installed. Install without --omit=optional and on this machine rather than another, run npm i ${name}@${RELEASE}, or ${REMEDY}`,
    );
  }
  const path = join(folder, file);
  if (existsSync(path)) return path;
  throw new OnnxRuntimeError(
    `The library of ${name} is missing: '${path}'. Run npm i ${name}@${RELEASE}, or ${REMEDY}`,
  );
};
