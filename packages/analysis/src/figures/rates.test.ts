import { expect, it } from 'vitest';
import { ratesFigure } from './rates';

it('draws points as measured and lines as predicted, of each architecture in its own colour, shape and dash', () => {
  const { layer, title } = ratesFigure(
    {
      'Post-LN': { measured: [{ depth: 2, rate: 1e-3 }], predicted: [{ depth: 8, rate: 2e-4 }] },
      saved: { measured: [{ depth: 6, rate: 3e-4 }] },
    },
    'Rates',
  ) as unknown as {
    readonly title: { readonly text: string };
    readonly layer: readonly {
      readonly data: { readonly values: readonly object[] };
      readonly encoding: { readonly color: { readonly scale: { readonly domain: readonly string[] } } };
    }[];
  };
  expect(title.text).toBe('Rates');
  const [lines, points] = layer;
  expect(lines!.data.values).toEqual([{ label: 'Post-LN', depth: 8, rate: 2e-4 }]);
  expect(points!.data.values).toEqual([
    { label: 'Post-LN', depth: 2, rate: 1e-3 },
    { label: 'saved', depth: 6, rate: 3e-4 },
  ]);
  for (const { encoding } of layer) expect(encoding.color.scale.domain).toEqual(['Post-LN', 'saved']);
});
