import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cudaFiles } from '../gpu/requirements';
import { readLibrary } from '../library/library';
import { gpuMachine, H200 } from '../testing/gpuMachine';
import { fakeSitePackages, place } from '../testing/trees';
import { type Check, healthy } from './checks';
import { gpuChecks } from './gpuChecks';

/** A GPU build with all of its CUDA wheels. */
const complete = () => {
  const library = readLibrary(fakeSitePackages({ cuda: true }));
  for (const { part, name } of cudaFiles(library.build!)) place(join(library.cuda!, part, 'lib', name));
  return library;
};

const checked = (
  machine: Parameters<typeof gpuMachine>[0],
  library = complete(),
): Readonly<Record<string, Check>> => {
  const checks = gpuChecks({ library, python: 'python3', path: undefined, ...gpuMachine(machine) });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
};

describe('gpuChecks', () => {
  test('a complete machine', () => {
    const rows = checked({ smi: H200 });
    expect(rows['GPU driver']).toMatchObject({ ok: true, detail: 'NVIDIA 570.86.15' });
    expect(rows['GPU 0']).toMatchObject({
      ok: true,
      detail:
        'NVIDIA H200, compute capability 9.0, 139.7 GiB of 140.4 GiB free; the driver compiles its kernels at first use (minutes, once)',
    });
    expect(rows['CUDA libraries']?.detail).toMatch(/^all 8 of CUDA 12\.5\.1, .*\/nvidia$/);
    expect(healthy(Object.values(rows))).toBe(true);
  });

  test('no GPU: nothing is wanted', () => {
    const rows = checked({});
    expect(Object.keys(rows)).toEqual(['GPU']);
    expect(rows.GPU).toMatchObject({ ok: false, needed: false });
  });

  test('each library that is gone is named by file, with the packages that hold it', () => {
    const library = complete();
    rmSync(join(library.cuda!, 'cudnn'), { recursive: true });
    rmSync(join(library.cuda!, 'cublas'), { recursive: true });
    const { 'CUDA libraries': row } = checked({ smi: H200 }, library);
    expect(row).toMatchObject({ ok: false, needed: true });
    expect(row?.detail).toBe('the loader finds no libcublas.so.12, libcublasLt.so.12, libcudnn.so.9');
    expect(row?.remedy).toMatch(
      /^python3 -m pip install --no-deps --target \S+ nvidia-cublas-cu12 nvidia-cudnn-cu12 && npx steadyformer-tensorflow setup --library \S+$/,
    );
  });

  test('libraries of the system serve where there are no wheels', () => {
    const { cuda: _, ...bare } = complete();
    const libraries = cudaFiles(bare.build!).map(({ name }) => name);
    const { 'CUDA libraries': row } = checked({ smi: H200, libraries }, { ...bare, cuda: undefined });
    expect(row).toMatchObject({ ok: true, detail: expect.stringMatching(/usr\/lib64$/) });
  });

  test.each([
    [
      'a driver that is too old',
      '0, Tesla T4, 470.82.01, 15109, 15000, 7.5',
      'GPU driver',
      /470\.82\.01 is too old for CUDA 12\.5\.1: needed 525\.60\.13/,
      /nvidia-driver/,
    ],
    [
      'a device without code',
      '0, Tesla K80, 570.86.15, 11441, 11000, 3.7',
      'GPU 0',
      /capability 3\.7.*code for sm_60, .*compute_90 only/,
      /--fetch cpu/,
    ],
    [
      'memory that others hold',
      '0, NVIDIA L4, 570.86.15, 23034, 100, 8.9',
      'GPU 0',
      /0\.1 GiB of 22\.5 GiB free: other processes/,
      /^nvidia-smi/,
    ],
  ])('%s is named with what mends it', (_, smi, name, detail, remedy) => {
    const row = checked({ smi })[name];
    expect(row).toMatchObject({
      ok: false,
      needed: true,
      detail: expect.stringMatching(detail),
      remedy: expect.stringMatching(remedy),
    });
  });

  test('a CPU build on a GPU machine runs, and says how the GPU would be used', () => {
    const rows = checked({ smi: H200 }, readLibrary(fakeSitePackages()));
    expect(rows['CUDA libraries']).toMatchObject({
      needed: false,
      remedy: 'npx steadyformer-tensorflow setup --fetch gpu',
    });
    expect(healthy(Object.values(rows))).toBe(true);
    const fault = checked({ bus: true }, readLibrary(fakeSitePackages()));
    expect(fault['GPU driver']).toMatchObject({ needed: false });
    expect(checked({ bus: true })['GPU driver']).toMatchObject({ needed: true });
  });
});
