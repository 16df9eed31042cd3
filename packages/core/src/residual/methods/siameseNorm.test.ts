import { expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { siameseNorm } from './siameseNorm';

it('writes to the normed stream divided by sqrt(2 l), to the free one as it is', () => {
  const written = (block: number) => siameseNorm().plan(placeAt({ block })).residual.streams!.write;
  expect(written(0)).toEqual([expect.closeTo(Math.SQRT1_2, 12), 1]);
  expect(written(7)).toEqual([0.25, 1]);
});

it('has one kind of norm throughout', () => {
  const method = siameseNorm({ norm: 'layer' });
  expect(method.plan(placeAt()).residual).toMatchObject({
    before: 'layer',
    after: 'layer',
    streams: { read: [1, 1], readNorms: [undefined, 'layer'] },
  });
  expect(method.finalNorm!(placeAt())).toBe('layer');
  expect(() => siameseNorm({ norm: 'batch' as never })).toThrow("siameseNorm() norm: received 'batch'");
});
