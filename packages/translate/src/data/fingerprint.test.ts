import { expect, it } from 'vitest';
import { fingerprint } from './fingerprint';

const ids = Int32Array.from({ length: 500 }, (_, i) => (i * 7919) % 1000);

it('is the same for the same numbers, however they are kept', () => {
  expect(fingerprint([ids])).toMatch(/^[0-9a-f]{16}$/u);
  expect(fingerprint([Float64Array.from(ids)])).toBe(fingerprint([Array.from(ids)]));
});

it('changes with every single number, its place, and where a list ends', () => {
  const prints = new Set([fingerprint([ids])]);
  for (let i = 0; i < ids.length; i++) {
    const other = ids.slice();
    other[i]! += 1;
    prints.add(fingerprint([other]));
  }
  for (let i = 0; i + 1 < ids.length; i++) {
    const other = ids.slice();
    [other[i], other[i + 1]] = [ids[i + 1]!, ids[i]!];
    prints.add(fingerprint([other]));
    prints.add(fingerprint([ids.subarray(0, i), ids.subarray(i)]));
  }
  expect(prints.size).toBe(1 + 500 + 499 + 499);
});

it('tells numbers beyond 2^31 and 2^32 apart', () => {
  const large = [2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 40, 2 ** 40 + 2 ** 32];
  expect(new Set([...large, 0, 1].map((value) => fingerprint([[value]]))).size).toBe(large.length + 2);
});
