import { readFileSync } from 'node:fs';
import { sampled } from '@steadyformer/analysis';
import { ROOT } from '../../scripts/packages.mjs';
import type { OutputChanges, Point, Step } from './change';
import { byMethod, type Method } from './methods';

/** What is read of a result of the experiment `fig4`. */
interface Result {
  readonly size: {
    readonly width: number;
    readonly maxTokens: Readonly<Record<Step, number>>;
  };
  readonly seeds: readonly number[];
  readonly verdict: { readonly claims: OutputChanges['claims'] };
  readonly points: readonly {
    readonly kind: Step;
    readonly method: Method;
    readonly depth: number;
    readonly change: number;
    readonly predicted: number;
  }[];
}

const digits = (value: number): number => Number(value.toPrecision(4));

const curve = (points: Result['points'], kind: Step, method: Method): Point[] => {
  const own = points.filter((each) => each.kind === kind && each.method === method);
  return [...new Set(own.map(({ depth }) => depth))]
    .sort((a, b) => a - b)
    .map((depth) => {
      const here = own.filter((each) => each.depth === depth);
      const { mean, samples } = sampled(here.map(({ change }) => change));
      return {
        depth,
        mean: digits(mean),
        range: [digits(Math.min(...samples)), digits(Math.max(...samples))],
        predicted: digits(sampled(here.map(({ predicted }) => predicted)).mean),
      };
    });
};

/** The measured output changes of the committed experiment, networks averaged. */
export const outputChanges = (): OutputChanges => {
  const { points, seeds, size, verdict } = JSON.parse(
    readFileSync(`${ROOT}/experiments/results/fig4.json`, 'utf8'),
  ) as Result;
  const of = (kind: Step) => byMethod((method) => curve(points, kind, method));
  return {
    curves: { random: of('random'), gradient: of('gradient') },
    networks: seeds.length,
    width: size.width,
    tokens: size.maxTokens,
    claims: verdict.claims,
  };
};

export const data = outputChanges;
