import { describe, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { noise } from '../../testing/numbers';
import { type Gate, gated, swish } from './gated';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const gelu = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const formulas: Readonly<Record<Gate, (x: number) => number>> = {
  sigmoid,
  relu: (x) => Math.max(x, 0),
  gelu,
  swish: (x) => x * sigmoid(x),
};
const [M, N] = [3, 4];

onBackends(() => {
  describe('swish', () => {
    it('is x sigmoid(x), with its gradient', () => {
      checkOp({
        inputs: [{ shape: [1, M, N], data: noise(M * N, 1, 2) }],
        op: (x) => swish(x!),
        formula: (x) => x.map(formulas.swish),
      });
    });
  });

  describe.each(['sigmoid', 'relu', 'gelu', 'swish'] as const)('a gate of %s', (gate) => {
    it('multiplies the second half by the activated first, with its gradient', () => {
      checkOp({
        inputs: [{ shape: [1, M, 2 * N], data: noise(2 * M * N, 1, 2) }],
        op: (x) => gated(x!, gate),
        formula: (x) =>
          Array.from({ length: M * N }, (_, at) => {
            const row = Math.floor(at / N) * 2 * N + (at % N);
            return formulas[gate](x[row]!) * x[row + N]!;
          }),
      });
    });
  });
});
