import { expect, it } from 'vitest';
import { curvesFigure } from './curves';

it('draws every finite point of every run, perplexities on a logarithmic axis', () => {
  const runs = {
    admin: [
      { update: 10, value: 90 },
      { update: 20, value: 9 },
    ],
    postLN: [
      { update: 10, value: 100 },
      { update: 20, value: Number.POSITIVE_INFINITY },
    ],
  };
  const figure = curvesFigure(runs, { title: 'Two runs' }) as unknown as {
    readonly title: string;
    readonly data: { readonly values: readonly object[] };
    readonly encoding: { readonly y: { readonly scale: { readonly type?: string } } };
  };
  expect(figure.title).toBe('Two runs');
  expect(figure.data.values).toEqual([
    { run: 'admin', update: 10, value: 90 },
    { run: 'admin', update: 20, value: 9 },
    { run: 'postLN', update: 10, value: 100 },
  ]);
  expect(figure.encoding.y.scale.type).toBe('log');
  const bleu = curvesFigure({ admin: [{ update: 1, value: 0 }] }, { logarithmic: false, label: 'BLEU' });
  expect(JSON.stringify(bleu)).toContain('"value":0');
  expect(JSON.stringify(bleu)).not.toContain('"log"');
  expect(JSON.stringify(bleu)).toContain('"title":"Updates"');
  expect(JSON.stringify(curvesFigure({}, { xLabel: 'Sub-layer i' }))).toContain('"title":"Sub-layer i"');
});
