import { expect, it } from 'vitest';
import { placeAt, stackOf } from '../../../testing/places';
import { postLN } from './postLN';
import { resiDual } from './resiDual';

it('is Post-LN with a second stream that sums all branches, from the input on', () => {
  const method = resiDual({ scale: 0.25 });
  const { streams, ...rest } = method.plan(placeAt()).residual;
  expect(rest).toEqual(postLN().plan(placeAt()).residual);
  const carry = [
    [1, 0],
    [0, 0.25],
  ];
  expect(streams).toMatchObject({ read: [1, 0], carry, write: [1, 0.25] });
  const later = method.plan(placeAt({ index: 1 })).residual.streams!;
  expect(later.carry[1]).toEqual([0, 1]);
  const place = stackOf('encoder', 6, 6);
  expect(method.leave!(place)).toMatchObject({ read: 'sum', norms: [undefined, 'layer'] });
  expect(method.finalNorm!(place)).toBeUndefined();
});

it('takes a scale > 0', () => {
  expect(resiDual().options).toEqual({ scale: 1 });
  expect(() => resiDual({ scale: 0 })).toThrow('resiDual() scale: received 0, allowed numbers > 0');
  expect(() => resiDual({ scales: 1 } as never)).toThrow("did you mean 'scale'");
});
