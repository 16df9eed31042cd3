import { describe, expect, it } from 'vitest';
import { DEFAULT_STATE, type PlaygroundState, RATES, readState, writeState } from './state';

const OTHER: PlaygroundState = {
  left: { method: 'deepNorm', depth: 64 },
  right: { method: 'reZero', depth: 1 },
  rate: RATES[4],
  warmup: 200,
  seed: 77,
  backend: 'webgpu',
};

/** The link of `OTHER` with one field changed. */
const link = (key: string, value: string): string => {
  const query = new URLSearchParams(writeState(OTHER));
  query.set(key, value);
  return `?${query}`;
};

describe('the state in a link', () => {
  it.each([DEFAULT_STATE, OTHER])('comes back as it was written', (state) => {
    expect(readState(writeState(state))).toEqual({ state, problems: [] });
  });

  it('is the default where there is none, whatever else the query holds', () => {
    expect(readState('')).toEqual({ state: DEFAULT_STATE, problems: [] });
    expect(readState('?utm_source=x')).toEqual({ state: DEFAULT_STATE, problems: [] });
  });

  it('is the default where the link is of another version, which is said', () => {
    for (const version of ['2', '', '01', '1.0']) {
      const { state, problems } = readState(link('v', version));
      expect(state).toBe(DEFAULT_STATE);
      expect(problems).toEqual([
        `The link is of version “${version}” of the playground, and this page reads version 1: the default is shown.`,
      ]);
    }
    expect(readState('?left=admin.3').problems[0]).toContain('of no version of the playground');
  });

  it.each([
    [
      'left',
      'constructor.3',
      DEFAULT_STATE.left,
      'there is no method “constructor”. Choose one from the list.',
    ],
    ['left', 'admin.65', { method: 'admin', depth: 64 }, 'this page holds at most 64 blocks.'],
    ['right', 'admin.0', DEFAULT_STATE.right, 'allowed is METHOD.BLOCKS with 1 to 64 blocks'],
    ['right', 'admin.1e1', DEFAULT_STATE.right, 'allowed is METHOD.BLOCKS'],
    ['right', 'admin.3.4', DEFAULT_STATE.right, 'allowed is METHOD.BLOCKS'],
    ['right', '', DEFAULT_STATE.right, 'there is no method “”'],
    ['rate', '0.5', DEFAULT_STATE.rate, 'allowed is one of 0.0003, 0.001'],
    ['rate', 'NaN', DEFAULT_STATE.rate, 'allowed is one of'],
    ['warmup', '-1', DEFAULT_STATE.warmup, 'allowed is one of 0, 50, 200.'],
    ['seed', '0', DEFAULT_STATE.seed, 'a whole number from 1 to 999999'],
    ['seed', '1.5', DEFAULT_STATE.seed, 'a whole number'],
    ['backend', 'webgl', DEFAULT_STATE.backend, 'one of auto, wasm, cpu, webgpu'],
  ])('%s=%s is not taken; the rest is', (key, value, taken, problem) => {
    const { state, problems } = readState(link(key, value));
    expect(state).toEqual({ ...OTHER, [key]: taken });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('quotes no more of a long value than a line holds', () => {
    expect(readState(link('seed', '9'.repeat(5000))).problems[0]!.length).toBeLessThan(130);
  });
});
