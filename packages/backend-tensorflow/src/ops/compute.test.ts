import { expect, test, vi } from 'vitest';
import { compute, freeConstants, type Ops } from './compute';
import type { Binding, Handle, NativeBackend } from './native';

/** An addon that numbers its tensors, and the ids of those that it still has. */
const pretended = () => {
  const held = new Set<number>();
  let next = 0;
  const binding = {
    createTensor: vi.fn(() => {
      held.add(++next);
      return next;
    }),
    deleteTensor: (id: number) => {
      expect(held.delete(id)).toBe(true);
    },
  } as unknown as Binding;
  const run = (f: (ops: Ops) => Handle): Handle => {
    let found: Handle | undefined;
    compute({ binding } as NativeBackend, (ops) => {
      found = f(ops);
      return [];
    });
    return found!;
  };
  return { binding, held, run };
};

test('a constant is made once for a name and a shape, and freed with the backend', () => {
  const { binding, held, run } = pretended();
  const make = vi.fn(() => new Float32Array(4));
  const mask = (shape: readonly number[]) => run(({ constant }) => constant('causal', make, shape));
  expect(mask([2, 2])).toBe(mask([2, 2]));
  expect(mask([1, 4])).not.toEqual(mask([2, 2]));
  expect(run(({ constant }) => constant('other', make, [2, 2]))).not.toEqual(mask([2, 2]));
  expect(make).toHaveBeenCalledTimes(3);
  expect(held.size).toBe(3);
  freeConstants(binding);
  expect(held.size).toBe(0);
  expect(held).toContain(mask([2, 2]).id);
});

test('what is no constant ends with its computation', () => {
  const { held, run } = pretended();
  run(({ tensor }) => tensor(new Float32Array(4), [4]));
  expect(held.size).toBe(0);
});

test('too many constants, or too large ones, are given up before the next computation', () => {
  const { held, run } = pretended();
  for (let i = 0; i <= 513; i++) run(({ reals }) => reals([i]));
  expect(held.size).toBe(1);
  const large = () => new Float32Array(2 ** 23 + 1);
  for (const name of ['a', 'b']) run(({ constant }) => constant(name, large, [2 ** 23 + 1]));
  expect(held.size).toBe(3);
  run(({ reals }) => reals([1]));
  expect(held.size).toBe(1);
});
