import { preLN } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { checkTrace } from './checkTrace';
import { curvesOf } from './curves';
import { readTrace, type TraceRecord } from './readTrace';
import { traceFigure } from './traceFigure';

const DEPTHS = [1, 2, 3, 4, 6, 8, 12, 16];

/** Two runs whose change grows as `law` says, some percent apart. */
const changes = (law: (n: number) => number): TraceRecord[] =>
  ['a', 'b', 'c'].flatMap((run, i) =>
    DEPTHS.map((depth) => ({
      ...{ path: `h.${depth}`, step: 5, kind: 'output-change' as const, depth, run },
      value: (1 + 0.02 * i) * law(depth),
    })),
  );

/** Branches of variance 1 on an input of variance 2. */
const variances: readonly TraceRecord[] = [
  { path: 'input', step: 5, kind: 'stream-variance', value: 2, depth: 0 },
  ...Array.from({ length: 16 }, (_, i) => ({
    ...{ path: `b.${i}`, step: 5, kind: 'branch-variance' as const, value: 1 },
  })),
];

describe('readTrace', () => {
  it('reads a measurement a line', () => {
    const lines =
      '{"path":"h.0","step":0,"kind":"branch-variance","value":0.5}\r\n\n{"path":"h.1","step":0,"kind":"gradient-norm","value":2,"depth":4,"run":"s","change":"aligned"}';
    expect(readTrace(lines)).toEqual([
      { path: 'h.0', step: 0, kind: 'branch-variance', value: 0.5 },
      { path: 'h.1', step: 0, kind: 'gradient-norm', value: 2, depth: 4, run: 's', change: 'aligned' },
    ]);
  });

  it.each([
    ['{"path":"h","step":0,"kind":"output-change","value":NaN}', 't.jsonl, line 1: a value is not finite'],
    [
      '{"path":"h","step":0,"kind":"output-change","value":-1}',
      't.jsonl, line 1.value: received -1, allowed numbers >= 0.',
    ],
    ['{"path":"h","step":0.5,"kind":"output-change","value":1}', 't.jsonl, line 1.step: received 0.5'],
    ['{"path":"","step":0,"kind":"output-change","value":1}', 't.jsonl, line 1.path: received'],
    [
      '{"path":"h","step":0,"kind":"loss","value":1}',
      "line 1.kind: received 'loss', allowed 'output-change', 'branch-variance'",
    ],
    [
      '{"path":"h","step":0,"kind":"output-change","value":1,"dept":3}',
      "unknown option 'dept', did you mean 'depth'?",
    ],
    ['[]', 't.jsonl, line 1: received []'],
    ['null', 't.jsonl, line 1: received null'],
    ['{}', 't.jsonl, line 1: missing path, step, kind, value'],
  ])('refuses %s', (line, message) => {
    expect(() => readTrace(line, 't.jsonl')).toThrow(message);
  });
});

describe('checkTrace', () => {
  it.each([
    ['amplifies', (n: number) => 1e-6 * n, 'linear'],
    ['steady', (n: number) => 1e-6 * Math.log1p(n / 2), 'logarithmic'],
    ['lazy', (n: number) => 1e-6 / n, 'constant'],
  ] as const)('says what %s', async (word, law, growth) => {
    const { verdict, fit, step } = await checkTrace(changes(law));
    expect(verdict.word).toBe(word);
    if (word !== 'lazy') expect(fit.class).toBe(growth);
    expect(step).toBe(5);
  });

  it('fits theory to the changes, C alone being free', async () => {
    // Pre-LN: beta_ii^2 = v / (s_0 + i v).
    const sum = (n: number): number =>
      Array.from({ length: n }, (_, i) => 1 / (3 + i)).reduce((a, b) => a + b, 0);
    const records = [...changes((n) => 7e-6 * sum(n)), ...variances];
    const { theory, verdict } = await checkTrace(records, { method: preLN() });
    expect(theory!.constant.value).toBeCloseTo(7e-6 * 1.02, 8);
    expect(theory!.r2).toBeCloseTo(1, 6);
    expect(verdict.theory).toMatchObject({ class: 'logarithmic', contradicted: false });
    expect((await checkTrace(records)).withoutTheory).toContain('no residual method');
    const short = records.filter(({ path }) => path !== 'b.11');
    expect((await checkTrace(short, { method: preLN() })).withoutTheory).toContain(
      "no 'branch-variance' of branch 16",
    );
    const bare = records.filter(({ path }) => path !== 'input');
    expect((await checkTrace(bare, { method: preLN() })).withoutTheory).toContain(
      "no 'stream-variance' at depth 0",
    );
  });

  it('takes the last step, or the one asked for', async () => {
    const later = changes((n) => 1e-6 * n).map((record) => ({ ...record, step: 9 }));
    const records = [...later, ...changes((n) => 1e-6 * Math.log1p(n / 2))];
    expect((await checkTrace(records)).verdict.word).toBe('amplifies');
    expect((await checkTrace(records, { step: 5 })).verdict.word).toBe('steady');
    await expect(checkTrace(records, { step: 6 })).rejects.toThrow(
      "step of 'output-change' in the trace: received 6, allowed 5, 9.",
    );
  });

  it('says of aligned changes that their law is no verdict on the architecture', async () => {
    const records = changes((n) => 1e-6 * n).map((record) => ({ ...record, change: 'aligned' as const }));
    expect((await checkTrace(records)).verdict.text).toContain('Changes along a gradient agree');
  });

  it('cannot tell by one run, and refuses runs that do not go together', async () => {
    const records = changes((n) => 1e-6 * n);
    const one = await checkTrace(records.filter(({ run }) => run === 'a'));
    expect(one.verdict.word).toBe('cannot tell');
    await expect(checkTrace(records.slice(1))).rejects.toThrow("depths of run 'b' in the trace");
    const nameless = records.map(({ run: _, ...record }) => record);
    await expect(checkTrace(nameless)).rejects.toThrow("two values of 'output-change' at depth 1, step 5");
    await expect(checkTrace(variances)).rejects.toThrow(
      "no lines of kind 'output-change'; it has stream-variance, branch-variance",
    );
  });
});

describe('a trace', () => {
  it('counts paths in order where it names no depth', () => {
    const [curve] = curvesOf(variances, 'branch-variance', 5);
    expect(curve!.points.slice(0, 2)).toEqual([
      { depth: 1, path: 'b.0', value: 1 },
      { depth: 2, path: 'b.1', value: 1 },
    ]);
  });

  it('is drawn, a line a run', () => {
    const spec = JSON.stringify(traceFigure(variances, { kind: 'branch-variance' }));
    expect(spec).toContain('Variance of the branch by depth, step 5');
    expect(spec).toContain('"update":16');
    const norms: TraceRecord[] = [1, 2].map((depth) => ({
      path: `h.${depth}`,
      step: 0,
      kind: 'gradient-norm',
      value: depth,
      depth,
    }));
    expect(JSON.stringify(traceFigure(norms, { kind: 'gradient-norm' }))).toContain('"relative":0.5');
  });
});
