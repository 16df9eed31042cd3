import { beforeAll, describe, expect, it } from 'vitest';
import { bundle, lastLine, run } from './child';

interface Report {
  readonly passed: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
}

/** Specs that tfjs-core registers for the backend named 'cpu' alone: they move data between two cpu backends. */
const CPU_ONLY = /^Switching cpu backends /;

describe("tfjs-core's own test suite", () => {
  let script = '';
  let cpu: Report;

  beforeAll(async () => {
    script = await bundle('suite.entry.mjs', true);
    cpu = lastLine<Report>(await run(script, ['cpu']));
  }, 180_000);

  it('is the whole suite', () => {
    expect(cpu.passed.length).toBeGreaterThan(4200);
  });

  it.each([
    ['as users run it', {}],
    ['with every kernel forced native', { STEADYFORMER_FORCE_NATIVE: '1' }],
  ])(
    'passes wherever stock cpu does, %s',
    async (_, env) => {
      const ours = lastLine<Report>(await run(script, ['onnxruntime'], { env }));
      const passed = new Set(ours.passed);
      const missing = cpu.passed.filter((name) => !passed.has(name) && !CPU_ONLY.test(name));
      expect(missing.map((name) => `${name}: ${ours.failed[name] ?? 'not run'}`)).toEqual([]);
    },
    180_000,
  );
});
