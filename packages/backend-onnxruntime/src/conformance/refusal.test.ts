import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle, lastLine, run } from './child';

interface Report {
  readonly available: boolean;
  readonly reason: string;
  readonly error: string;
  readonly chosen: string;
  readonly sum: number;
}

/** The start of a 64-bit ELF shared library for a processor that this is not. */
const foreignLibrary = (): Uint8Array => {
  const bytes = new Uint8Array(4096);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  bytes.set([3, 0, process.arch === 'arm64' ? 0x3e : 0xb7, 0, 1], 16);
  return bytes;
};

/** A native library of this machine that is not ONNX Runtime: koffi's own. */
const otherLibrary = (): string => {
  const require = createRequire(createRequire(import.meta.url).resolve('koffi'));
  const folder = dirname(require.resolve(`@koromix/koffi-${process.platform}-${process.arch}/package.json`));
  const found = filesOf(folder).find((path) => path.endsWith('.node'));
  if (found == null) throw new Error(`no native library in ${folder}`);
  return found;
};

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));

describe('a library that cannot be used', () => {
  let script = '';
  const folder = mkdtempSync(join(tmpdir(), 'onnxruntime-'));
  beforeAll(async () => {
    script = await bundle('refusal.entry.ts');
  });

  const file = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it.each([
    ['missing', () => join(folder, 'nowhere.so'), /does not exist.*STEADYFORMER_ONNXRUNTIME/],
    ['not a library', () => file('text.so', 'hello'), /cannot be loaded on/],
    ['for another processor', () => file('foreign.so', foreignLibrary()), /cannot be loaded on/],
    ['another library', () => otherLibrary(), /is not an ONNX Runtime library/],
  ])('%s: a reason, and tfjs goes on with the next backend', async (_, path, pattern) => {
    const outcome = await run(script, [], { env: { STEADYFORMER_ONNXRUNTIME: path() } });
    const report = lastLine<Report>(outcome);
    expect(outcome.code).toBe(0);
    expect(report).toMatchObject({ available: false, chosen: 'cpu', sum: 3 });
    expect(report.reason).toMatch(pattern);
  });

  it.each([
    [
      'missing',
      () => join(folder, 'nowhere.so'),
      /The BLAS library '.*nowhere\.so' cannot be loaded on .* no such file\./,
    ],
    ['not a library', () => file('text.so', 'hello'), /The BLAS library '.*text\.so' cannot be loaded on/],
    [
      'another library',
      () => otherLibrary(),
      /is no BLAS with a C interface: it has no cblas_sgemm\. Name another in STEADYFORMER_BLAS/,
    ],
  ])('%s, for products: a reason, and tfjs goes on with the next backend', async (_, path, pattern) => {
    const outcome = await run(script, [], { env: { STEADYFORMER_BLAS: path() } });
    const report = lastLine<Report>(outcome);
    expect(outcome.code).toBe(0);
    expect(report).toMatchObject({ available: false, chosen: 'cpu', sum: 3 });
    expect(report.reason).toMatch(pattern);
  });

  it('is not asked for where the default works', async () => {
    const report = lastLine<Report>(await run(script));
    expect(report).toEqual({ available: true, reason: '', error: '', chosen: 'onnxruntime', sum: 3 });
  });
});
