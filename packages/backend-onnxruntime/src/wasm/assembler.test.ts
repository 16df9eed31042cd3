import { describe, expect, it } from 'vitest';
import { addI32, assemble, get, I32, i32, lessThanI32, loop, set, splatI32x4, store, tee } from './assembler';

describe('assemble', () => {
  it('makes a module that engines accept and that computes', () => {
    const fill = {
      name: 'fill',
      parameters: [I32, I32],
      locals: [I32],
      body: [
        [...i32(0), ...set(2)],
        loop(
          [...get(2), ...get(0), ...splatI32x4, ...store(64)],
          [...get(2), ...i32(16), ...addI32, ...tee(2), ...get(1), ...lessThanI32],
        ),
      ],
    };
    const bytes = assemble(2, [fill]);
    expect(WebAssembly.validate(bytes)).toBe(true);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const { memory, fill: run } = exports as {
      memory: WebAssembly.Memory;
      fill: (x: number, n: number) => void;
    };
    expect(memory.buffer.byteLength).toBe(2 * 65536);
    run(-123456, 48);
    const words = new Int32Array(memory.buffer);
    expect(Array.from(words.subarray(14, 30))).toEqual([0, 0, ...Array<number>(12).fill(-123456), 0, 0]);
  });

  it('encodes numbers of every length', () => {
    for (const value of [0, 63, 64, -64, -65, 8191, 8192, 0x7fffffff, -0x80000000]) {
      const body = [[...i32(0), ...i32(value), ...splatI32x4, ...store(0)]];
      const bytes = assemble(1, [{ name: 'write', parameters: [], locals: [], body }]);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      const { memory, write } = exports as { memory: WebAssembly.Memory; write: () => void };
      write();
      expect(new Int32Array(memory.buffer)[3]).toBe(value);
    }
  });
});
