import { fileURLToPath } from 'node:url';
import { availability } from '@steadyformer/backend-tensorflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { bundle, lastLine, run } from '../../packages/backend-onnxruntime/src/conformance/child';
import { tensorflowFailures } from './tensorflowFailures';

interface Report {
  readonly passed: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
}

describe("tfjs-core's own test suite on tensorflow", () => {
  beforeEach(({ skip }) => {
    const { available, reason } = availability();
    if (!available) skip(reason);
  });

  it('passes but for the specs that are listed with their cause', async () => {
    const script = await bundle(fileURLToPath(new URL('tensorflowSuite.entry.mjs', import.meta.url)), true);
    const { passed, failed } = lastLine<Report>(await run(script, ['tensorflow'], { limit: 560_000 }));
    const known = new Set(Object.values(tensorflowFailures).flat());
    const unknown = Object.entries(failed).filter(([name]) => !known.has(name));
    expect(unknown.map(([name, message]) => `${name}: ${message}`)).toEqual([]);
    expect([...known].filter((name) => failed[name] === undefined)).toEqual([]);
    // The two that move data between cpu backends are not for others.
    expect(passed.length).toBeGreaterThanOrEqual(4220);
  }, 600_000);
});
