import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { locateLibrary } from './locate';

describe('locateLibrary', () => {
  it('finds the copy inside onnxruntime-node', () => {
    expect(existsSync(locateLibrary(undefined))).toBe(true);
    expect(locateLibrary('')).toBe(locateLibrary(undefined));
  });

  it.each([
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['win32', 'arm64'],
  ])('knows where it lies for %s/%s', (platform, arch) => {
    expect(existsSync(locateLibrary(undefined, { platform, arch }))).toBe(true);
  });

  it('says which machines have one, and what to do on others', () => {
    const intelMac = { platform: 'darwin', arch: 'x64' };
    expect(() => locateLibrary(undefined, intelMac)).toThrow(
      /darwin\/x64.*linux\/x64.*STEADYFORMER_ONNXRUNTIME/,
    );
  });

  it('refuses a path with nothing there', () => {
    expect(() => locateLibrary('/no/such/file.so')).toThrow(/'\/no\/such\/file.so' does not exist/);
  });
});
