import { describe, expect, it, vi } from 'vitest';
import type { Ffi } from './ffi';
import { loadFfi } from './ffi';
import { handlesOf } from './handles';
import { loadLibrary } from './library';

describe('loadFfi', () => {
  it('says what to do where its binary is missing', () => {
    const failing = (): never => {
      throw new Error('Cannot find the native Koffi module');
    };
    expect(() => loadFfi(failing)).toThrow(
      /koffi has no binary.*native Koffi module.*without --omit=optional/,
    );
  });
});

describe('loadLibrary', () => {
  const none = {
    load: () => {
      throw new Error('no such file');
    },
  } as unknown as Ffi;

  it("keeps UCX from rewriting the process's memory functions, where nobody says otherwise", () => {
    for (const [before, after] of [
      [undefined, 'n'],
      ['y', 'y'],
    ]) {
      vi.stubEnv('UCX_MEM_EVENTS', before);
      const seen: (string | undefined)[] = [];
      const asked = {
        load: () => {
          seen.push(process.env.UCX_MEM_EVENTS);
          throw new Error('no such file');
        },
      } as unknown as Ffi;
      expect(() => loadLibrary(asked, undefined, undefined, ['libmpi.so.40'])).toThrow('no MPI library');
      // Before it is loaded, as it looks once.
      expect(seen).toEqual([after]);
      vi.unstubAllEnvs();
    }
  });

  it('says in one line what to install where there is none', () => {
    expect(() => loadLibrary(none, undefined, undefined, ['libmpi.so.40', 'libmpich.so.12'])).toThrow(
      /^no MPI library is found \(tried libmpi\.so\.40, libmpich\.so\.12\); install one \(Debian: apt-get install openmpi-bin, or mpich; .*STEADYFORMER_MPI$/,
    );
  });

  it('takes no other than the one that is named', () => {
    expect(() => loadLibrary(none, '/x/libmpi.so', undefined, ['libmpi.so.40'])).toThrow(
      /^the MPI library '\/x\/libmpi\.so' cannot be loaded on .*: no such file$/,
    );
  });
});

describe('handlesOf', () => {
  const without = {
    symbol: () => {
      throw new Error('Cannot find symbol');
    },
  };

  it("are addresses of Open MPI's and integers of MPICH's kind", () => {
    const exporting = { symbol: (name: string) => BigInt(name.length) };
    expect(handlesOf(exporting, 'Open MPI v5')).toMatchObject({ name: 'Open MPI', type: 'void *', sum: 15n });
    for (const version of ['MPICH 4.0.2', 'Intel(R) MPI Library 2021', 'MVAPICH2 2.3']) {
      expect(handlesOf(without, version)).toMatchObject({ name: 'MPICH', type: 'int', world: 0x44000000 });
    }
  });

  it('are unknown of any other', () => {
    expect(handlesOf(without, 'Another MPI 1.0')).toBeUndefined();
  });
});
