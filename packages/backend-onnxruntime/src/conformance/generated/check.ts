import { describe, expect, it } from 'vitest';
import { type Draw, drawFrom } from './draw';
import * as elementwise from './elementwise';
import * as movements from './movements';
import { disagreement, type Generated } from './outcome';
import * as products from './products';
import * as reductions from './reductions';
import * as windows from './windows';

const FAMILIES: Readonly<Record<string, Readonly<Record<string, (draw: Draw) => Generated>>>> = {
  products,
  elementwise,
  reductions,
  movements,
  windows,
};

const long = process.env.STEADYFORMER_LONG === '1';
/** Cases of every generator. */
const COUNT = long ? 1500 : 60;

/** Seeded cases of every kernel against tfjs's cpu backend: the same values, or a refusal where it refuses. */
export const checkGenerated = (how: string): void => {
  describe.each(Object.entries(FAMILIES))(`generated %s, ${how}`, (_, generators) => {
    it.each(Object.entries(generators))(
      '%s',
      async (__, generate) => {
        const wrong: string[] = [];
        for (let seed = 1; seed <= COUNT; seed++) {
          const found = await disagreement(generate(drawFrom(seed)));
          if (found !== '') wrong.push(`seed ${seed}: ${found}`);
        }
        expect(wrong.slice(0, 12)).toEqual([]);
      },
      long ? 600_000 : 60_000,
    );
  });
};
