import { expect, it } from 'vitest';
import { leaving } from './leaving';
import type { StreamPlan } from './plan';
import { wiring } from './wiring';

const TWO: StreamPlan = {
  read: [1, 0.5],
  carry: [
    [1, 0.25],
    [0, -1],
  ],
  write: [2, 1],
};

it.each<[Partial<StreamPlan>, string]>([
  [{ read: [] }, 'wiring() read: received []'],
  [
    {
      carry: [
        [1, 0, 0],
        [0, 1],
      ],
    },
    'wiring() carry[0]: received [1, 0, 0], allowed a list of 2',
  ],
  [{ write: [1] }, 'wiring() write: received [1], allowed a list of 2'],
  [{ read: [Number.NaN, 1] }, 'wiring() read: received [NaN, 1]'],
  [{ read: [0, 0] }, 'the branch reads nothing'],
  [
    {
      carry: [
        [1, 0],
        [0, 0],
      ],
      write: [1, 0],
    },
    'nothing makes stream 2',
  ],
  [{ after: ['layer', undefined] }, 'wiring() after[0]: received'],
  [{ readNorms: ['layer'] }, 'wiring() readNorms: received'],
  [{ weights: 'dynamic' as never }, "wiring() weights: received 'dynamic'"],
  [{ reads: [1] } as never, "did you mean 'read'"],
  [{ shows: 2 }, 'wiring() shows: received 2, allowed whole numbers from 0 to 1'],
  [{ handsOn: 1 as never }, 'wiring() handsOn: received 1'],
  [{ handsOn: { stream: 1, name: 'h' } as never }, 'wiring() handsOn.of: received undefined'],
  [{ handsOn: { stream: 1, name: 'h', of: (_, x) => x } }, 'wiring() handsOn.stream: received 1'],
])('%j is an error', (own, message) => {
  expect(() => wiring({ ...TWO, ...own })).toThrow(message);
});

it('leave in ways that are known', () => {
  expect(() => leaving({ read: 'last' as never })).toThrow("leaving() read: received 'last'");
  expect(() => leaving({ read: 'sum', norm: [] } as never)).toThrow("did you mean 'norms'");
});
