import {
  type DepthCheck,
  dependencyFigure,
  fitGrowth,
  fitTheory,
  type GrowthPoint,
  gradientFigure,
  outputChangeFigure,
  sampled,
  updatesFigure,
  type VegaLiteSpec,
  type Verdict,
} from '@steadyformer/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import { toPng, toSvg } from './render';

const depths = [2, 4, 8, 16, 32, 64];

const named = { sure: true, expected: [], text: '' } as const;
const LINEAR: Verdict = { ...named, class: 'linear', notation: 'O(N)', word: 'amplifies', amplifies: true };
const LOGARITHMIC: Verdict = {
  ...named,
  class: 'logarithmic',
  notation: 'O(log N)',
  word: 'steady',
  amplifies: false,
};

const checkOf = async (
  f: (n: number) => number,
  verdict: Verdict,
): Promise<Pick<DepthCheck, 'points' | 'fit' | 'theory' | 'verdict'>> => {
  const points: GrowthPoint[] = depths.map((depth) => ({ depth, value: f(depth) }));
  const fit = await fitGrowth(points);
  const theory = fitTheory(points, {
    inputChange: 0,
    outputChange: depths.map((depth) => ({ depth, change: f(depth), diagonalSum: f(depth) })),
  });
  // Five networks, one 1.2 times another: intervals reach well above the lines.
  const shares = [0.9, 0.95, 1, 1.05, 1.1];
  return {
    points: points.map(({ depth, value }) => ({
      blocks: depth / 2,
      depth,
      change: sampled(shares.map((share) => share * value)),
      squaredNorm: value,
    })),
    fit,
    theory,
    verdict,
  };
};

/** Marks of one kind in a drawn figure. */
const marks = (svg: string, kind: string): number =>
  (svg.match(new RegExp(`<g[^>]*class="[^"]*mark-${kind}[^"]*role-mark.*?</g>`, 'gs')) ?? []).reduce(
    (sum, group) => sum + (group.match(/<path/g) ?? []).length + (group.match(/<line/g) ?? []).length,
    0,
  );

describe('figures', () => {
  let linear: Awaited<ReturnType<typeof checkOf>>;
  let logarithmic: Awaited<ReturnType<typeof checkOf>>;
  beforeAll(async () => {
    linear = await checkOf((n) => n, LINEAR);
    logarithmic = await checkOf((n) => 3 * Math.log1p(n / 4), LOGARITHMIC);
  });

  it.each([false, true])(
    'draw every measured point, its interval and named laws; logarithmic axes %s',
    async (log) => {
      const spec = outputChangeFigure(
        { 'Post-LN': linear, Admin: logarithmic },
        { logDepth: log, logChange: log, title: 'Output change, width 512' },
      );
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      const svg = await toSvg(spec);
      expect(marks(svg, 'symbol')).toBe(2 * depths.length);
      expect(marks(svg, 'rule')).toBe(2 * depths.length);
      for (const label of [
        'Residual branches N',
        'Post-LN: O(N)',
        'Admin: O(log N)',
        'fitted law',
        'predicted',
      ]) {
        expect(svg).toContain(label);
      }
      expect([...(await toPng(svg)).subarray(1, 4)]).toEqual([...new TextEncoder().encode('PNG')]);
    },
  );

  it('draw one cell for each pair of layer dependency, the input left out', async () => {
    const svg = await toSvg(
      dependencyFigure({
        'Post-LN': [
          [0.8, 0.6],
          [0.5, 0.5, 0.7],
          [0.4, 0.5, 0.5, 0.58],
        ],
        Admin: [[0.7, 0.7]],
      }),
    );
    expect(marks(svg, 'rect')).toBe(1 + 2 + 3 + 1);
    for (const text of ['Residual branch j', 'Post-LN', 'Admin']) expect(svg).toContain(text);
  });

  it('draw gradients over the largest of their network, and updates against gradients', async () => {
    const outputs = [1, 2, 4].map((norm, depth) => ({ depth, path: 'encoder', norm, relative: norm / 4 }));
    expect(marks(await toSvg(gradientFigure({ encoder: outputs })), 'symbol')).toBe(3);
    const updates = [1, 2].map((x) => ({
      path: `encoder.${x}`,
      update: x,
      weight: 1,
      ratio: x,
      gradient: 0.1 * x,
    }));
    const still = { path: 'encoder.3', update: 0, weight: 1, ratio: 0, gradient: 1 };
    // What did not move has no place on a logarithmic axis.
    const svg = await toSvg(updatesFigure([...updates, still]));
    expect(marks(svg, 'symbol')).toBe(2);
    expect(svg).toContain('Update norm / largest');
  });

  it('are the same whatever was drawn before', async () => {
    const spec: VegaLiteSpec = {
      data: { values: [{ x: 1 }, { x: 2 }] },
      mark: { type: 'point', clip: true },
      encoding: { x: { field: 'x' }, color: { field: 'x', type: 'quantitative' } },
    };
    const first = await toSvg(spec);
    expect(first).toContain('url(#gradient_');
    expect(await toSvg(spec)).toBe(first);
  });
});
