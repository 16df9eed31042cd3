import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnnxRuntimeError } from '../errors';
import { carriers, locateLibrary, type Machine } from './locate';

/** A node_modules folder, in which nothing else is found. */
let modules: string;
beforeEach(() => {
  modules = mkdtempSync(join(tmpdir(), 'steadyformer-locate-'));
});
afterEach(() => rmSync(modules, { recursive: true, force: true }));

const resolveFrom = (request: string): string => {
  const path = join(modules, request);
  if (!existsSync(path)) throw new Error(`Cannot find module '${request}'`);
  return path;
};

/** Writes an installed package with these files in it. */
const install = (name: string, version: string, ...files: string[]): void => {
  for (const file of ['package.json', ...files]) {
    const path = join(modules, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ name, version }));
  }
};

const locate = (place: string, given?: string): string => {
  const [platform = '', arch = ''] = place.split('/');
  const machine: Machine = { platform, arch };
  return locateLibrary(given, machine, resolveFrom);
};

const messageOf = (place: string, given?: string): string => {
  try {
    return locate(place, given);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(OnnxRuntimeError);
    return (thrown as Error).message;
  }
};

const OURS = [
  ['linux/x64', 'sherpa-onnx-linux-x64', 'libonnxruntime.so'],
  ['linux/arm64', 'sherpa-onnx-linux-arm64', 'libonnxruntime.so'],
  ['darwin/x64', 'sherpa-onnx-darwin-x64', 'libonnxruntime.dylib'],
  ['darwin/arm64', 'sherpa-onnx-darwin-arm64', 'libonnxruntime.dylib'],
  ['win32/x64', 'sherpa-onnx-win-x64', 'onnxruntime.dll'],
] as const;

describe('locateLibrary', () => {
  it('finds the library that npm ci has installed here', () => {
    expect(existsSync(locateLibrary(undefined))).toBe(true);
    expect(locateLibrary('')).toBe(locateLibrary(undefined));
  });

  it('looks in the packages that package.json names, at their exact version', () => {
    const path = fileURLToPath(new URL('../../package.json', import.meta.url));
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    expect(manifest.optionalDependencies).toEqual(carriers);
    expect(Object.keys(carriers).sort()).toEqual(OURS.map(([, name]) => name).sort());
  });

  it.each(OURS)('on %s takes the one of %s', (place, name, file) => {
    install(name, '1.13.8', file);
    expect(locate(place)).toBe(join(modules, name, file));
  });

  it.each([
    ['1.28.0', 'darwin/arm64', 'bin/napi-v6/darwin/arm64/libonnxruntime.1.28.0.dylib'],
    ['1.30.0', 'linux/x64', 'bin/napi-v6/linux/x64/libonnxruntime.so.1'],
    ['1.30.0', 'darwin/arm64', 'bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib'],
    ['1.30.0', 'win32/arm64', 'bin/napi-v6/win32/arm64/onnxruntime.dll'],
  ])('prefers an installed onnxruntime-node %s on %s', (version, place, file) => {
    for (const [, name, own] of OURS) install(name, '1.13.8', own);
    const others = ['onnxruntime_binding.node', 'libonnxruntime_providers_shared.so', 'DirectML.dll'];
    install('onnxruntime-node', version, ...others.map((other) => join(dirname(file), other)), file);
    expect(locate(place)).toBe(join(modules, 'onnxruntime-node', file));
  });

  it('takes the shortest name where onnxruntime-node has the library under two', () => {
    const folder = 'bin/napi-v6/linux/x64';
    install(
      'onnxruntime-node',
      '1.30.0',
      `${folder}/libonnxruntime.so.1.30.0`,
      `${folder}/libonnxruntime.so.1`,
    );
    expect(locate('linux/x64')).toBe(join(modules, 'onnxruntime-node', folder, 'libonnxruntime.so.1'));
  });

  it.each([
    ['is too old', '1.24.1', 'bin/napi-v6/linux/x64/libonnxruntime.so.1'],
    ['has none for this machine', '1.30.0', 'bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib'],
    ['was installed without its files', '1.30.0', 'dist/index.js'],
  ])('passes over an onnxruntime-node that %s', (_, version, file) => {
    install('onnxruntime-node', version, file);
    install('sherpa-onnx-linux-x64', '1.13.8', 'libonnxruntime.so');
    expect(locate('linux/x64')).toBe(join(modules, 'sherpa-onnx-linux-x64', 'libonnxruntime.so'));
  });

  it('takes the path that is given before any package', () => {
    install('sherpa-onnx-linux-x64', '1.13.8', 'libonnxruntime.so');
    install('mine', '1.0.0', 'libonnxruntime.so');
    const mine = join(modules, 'mine', 'libonnxruntime.so');
    expect(locate('linux/x64', mine)).toBe(mine);
    expect(locate('freebsd/x64', mine)).toBe(mine);
  });

  it('says which machines have a package, and what to do on others', () => {
    expect(messageOf('freebsd/x64')).toMatch(
      /^No package .* for freebsd\/x64 \(there is one for linux\/x64, linux\/arm64, darwin\/x64, .*\)\. You can set .*STEADYFORMER_ONNXRUNTIME/,
    );
    expect(messageOf('linux/riscv64')).not.toContain('npm i');
    expect(messageOf('win32/arm64')).toMatch(
      /for win32\/arm64 .* Run npm i onnxruntime-node, which has one, or set/,
    );
  });

  it.each(OURS)('on %s without %s says how it gets there', (place, name, file) => {
    expect(messageOf(place)).toMatch(
      new RegExp(
        `^The package ${name}, .* is not installed\\. .*--omit=optional.* npm i ${name}@1\\.13\\.8, or set`,
      ),
    );
    install(name, '1.13.8');
    const path = join(modules, name, file);
    expect(messageOf(place)).toContain(
      `The library of ${name} is missing: '${path}'. Run npm i ${name}@1.13.8`,
    );
  });

  it('refuses a path with nothing there', () => {
    install('sherpa-onnx-linux-x64', '1.13.8', 'libonnxruntime.so');
    expect(messageOf('linux/x64', '/no/such/file.so')).toMatch(
      /'\/no\/such\/file.so' does not exist\. Name one that does in STEADYFORMER_ONNXRUNTIME/,
    );
  });
});
