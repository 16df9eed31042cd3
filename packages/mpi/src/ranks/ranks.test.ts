import { beforeAll, describe, expect, it } from 'vitest';
import { bundled, type Installed, launchers, run, runRanks } from '../testing/launch';

const installed = launchers();
let collectives = '';
let faults = '';

beforeAll(async () => {
  [collectives, faults] = await Promise.all([bundled('collectives.ts'), bundled('faults.ts')]);
});

describe.each(installed)('$name', { timeout: 300_000 }, (launcher: Installed) => {
  const test = it.skipIf(launcher.missing !== undefined);
  const what = launcher.missing === undefined ? '' : ` (${launcher.missing})`;

  test(`reduces, gathers and broadcasts between 2 and 4 ranks, with the same bits again${what}`, async () => {
    const bits: string[] = [];
    for (const size of [2, 4, 4]) {
      const { code, stdout, stderr } = await runRanks(launcher, size, collectives);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const result = JSON.parse(stdout) as { readonly bits: string };
      expect(result).toMatchObject({ size, failed: 0 });
      expect(stdout).toContain(launcher.name);
      bits.push(result.bits);
    }
    expect(bits[1]).toBe(bits[2]);
  });

  test('calls that differ between ranks are refused on all, and later ones work', async () => {
    const { code, stdout } = await runRanks(launcher, 2, faults, ['others']);
    for (const rank of [0, 1]) {
      const told = stdout.split('\n').filter((line) => line.startsWith(`rank ${rank}: `));
      const refusal = `rank ${rank}: MpiError: ranks do not make the same call: rank 0 calls `;
      expect(told).toEqual([
        `${refusal}allReduce(Float32Array of 4, 'sum'), rank 1 calls allReduce(Float32Array of 5, 'sum')`,
        `${refusal}allReduce(Float32Array of 4, 'sum'), rank 1 calls allReduce(Float64Array of 4, 'sum')`,
        `${refusal}allReduce(Int32Array of 4, 'sum'), rank 1 calls allReduce(Int32Array of 4, 'max')`,
        `${refusal}reduceScatter(Float32Array of 9, 'sum'), rank 1 calls reduceScatter(Float32Array of 9, 'sum'), in other stretches`,
        `${refusal}reduceScatter(Float32Array of 9, 'sum'), rank 1 calls reduceScatter(Float32Array of 9, 'max')`,
        `${refusal}allReduce(Int32Array of 99, 'sum'), rank 1 calls allGather(Int32Array of 99)`,
        `${refusal}broadcast(Uint8Array of 3, 0), rank 1 calls barrier()`,
        `rank ${rank}: afterwards 2`,
        `rank ${rank}: well`,
      ]);
    }
    expect(code).toBe(0);
  });

  // The wait is ours and not the library's: one of them is enough.
  const once = it.skipIf(launcher !== installed.findLast(({ missing }) => missing === undefined));
  once('a rank that makes no call is waited for no longer than the time limit', async () => {
    const { code, stdout, seconds } = await runRanks(launcher, 2, faults, ['absent', '20']);
    expect(stdout).toContain('rank 0: MpiError: rank 0 of 2 has waited 20 s in allReduce() for the others');
    expect(code).toBe(2);
    expect(seconds).toBeLessThan(100);
  });

  test.each(['abort', 'dies'])('a rank that ends (%s) ends the others', async (name) => {
    const { code, stdout, seconds } = await runRanks(launcher, 3, faults, [name]);
    expect(stdout).not.toContain('well');
    expect(code).not.toBe(0);
    if (name === 'abort') expect(code).toBe(5);
    expect(seconds).toBeLessThan(100);
  });

  test('the library of another MPI is refused', async () => {
    const other = installed.find(({ name }) => name !== launcher.name)!;
    if (other.missing !== undefined) return;
    const library = other.name === 'MPICH' ? 'libmpich.so.12' : 'libmpi.so.40';
    const { code, stderr } = await runRanks(launcher, 2, faults, [], { STEADYFORMER_MPI: library });
    expect(code).toBe(2);
    const line = `MpiError: ${launcher.name}'s mpirun started 2 ranks, and ${other.name}`;
    expect(stderr).toContain(line);
    expect(stderr).toMatch(/sees 1: they do not belong together; start with the mpirun of/);
  });
});

describe('without a launcher', () => {
  it.each(['/no/such/libmpi.so', 'libm.so.6'])('%s is refused in one line', async (library) => {
    const { code, stderr } = await run(process.execPath, [faults], { STEADYFORMER_MPI: library });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^MpiError: .*('\/no\/such\/libmpi.so' cannot be loaded|is no MPI library).*\n$/);
  });

  it.skipIf(installed.every(({ missing }) => missing !== undefined))('is one rank', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [faults]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'rank 0: well\n', stderr: '' });
  });
});
