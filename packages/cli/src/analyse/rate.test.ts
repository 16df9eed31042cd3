import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('rates');

const small = ['--width', '16', '--sentences', '2', '--length', '8', '--vocab', '50', '--backend', 'wasm'];

it('measures rates over depths, beside what theory makes of the shallowest', async () => {
  const files = ['rates.json', 'rates.svg'].map((name) => join(folderOf(), name));
  const { code, out, error } = await analyse(
    ...['rate', ...small, '-a', 'preLN,completeP', '--depths', '4,1', '--limit', '0.01', '--out', ...files],
  );
  expect(error).toContain('completeP: 2 of 2 networks');
  expect(code).toBe(0);
  const { rates, transfers, provenance } = JSON.parse(await readFile(files[0]!, 'utf8'));
  expect(provenance).toMatchObject({ command: 'rate' });
  const rateOf = (name: string, i: number): number => rates[name][i].limits.change;
  expect(rates.preLN.map(({ depth }: { readonly depth: number }) => depth)).toEqual([1, 4]);
  expect(rateOf('preLN', 1) / rateOf('preLN', 0)).toBeLessThan(0.6);
  expect(rateOf('completeP', 1) / rateOf('completeP', 0)).toBeGreaterThan(0.6);
  expect(transfers.preLN.from.depth).toBe(1);
  expect(transfers.preLN.from.rate / rateOf('preLN', 0)).toBeCloseTo(1, 9);
  expect(transfers.preLN.exponent).toBeLessThan(-0.4);
  expect(Math.abs(transfers.completeP.exponent)).toBeLessThan(0.3);
  expect(out).toMatch(/^preLN +4 +\d\.\d+e-4 +change /m);
  expect(out).toMatch(/^completeP: the rate goes as blocks\^/m);
  expect(await readFile(files[1]!, 'utf8')).toContain('changes the output by D = 0.01');
  const several = await analyse('rate', ...small, '-a', 'preLN', '--kind', 'transformer', '--depths', '1,2');
  expect(several.out).toContain('several stacks, of which theory transfers no rates');
  const fixed = await analyse('rate', '--model', 'a.safetensors', '--depths', '1,2', '--backend', 'wasm');
  expect(fixed.error).toContain('--depths does nothing beside --model');
});
