import { describe, expect, it } from 'vitest';
import type { Competitor, Start } from './competitor';
import { measure } from './measure';
import type { Answer } from './protocol';

/** Competitors that answer from a list of times and write down when they were asked. */
const stage =
  (times: Readonly<Record<string, readonly number[]>>, asked: string[]): Start =>
  ({ name }) => {
    const left = [...(times[name] ?? [])];
    return {
      ready: Promise.resolve<Answer>({ is: 'ready', cases: ['a'], versions: { [name]: '1' } }),
      ask: async (request) => {
        if (request.do === 'report') return { is: 'report', peakBytes: 7, facts: { of: name } };
        asked.push(`${name}:${request.seconds}`);
        const seconds = left.shift();
        return seconds === undefined
          ? { is: 'skip', reason: 'exhausted' }
          : { is: 'timed', seconds, cpuSeconds: 2 * seconds, steps: 2 };
      },
      close: async () => {
        asked.push(`${name} closed`);
      },
    };
  };

const competitor = (name: string, skip?: string): Competitor => ({
  name,
  program: name,
  args: [],
  ...(skip === undefined ? {} : { skip }),
});

const settings = { repeats: 2, budget: 100, log: () => {} };

describe('measure', () => {
  it('takes turns, warms up untimed, and closes everybody', async () => {
    const asked: string[] = [];
    const outcomes = await measure(
      {
        title: 't',
        cases: ['a', 'b'],
        competitors: [competitor('x'), competitor('y')],
        warmUp: 1,
        sampleSeconds: 3,
      },
      settings,
      stage({ x: [9, 1, 2], y: [9, 3, 4] }, asked),
    );
    expect(asked).toEqual(['x:0', 'y:0', 'x:3', 'y:3', 'x:3', 'y:3', 'x closed', 'y closed']);
    expect(outcomes.map(({ samples }) => samples)).toEqual([{ a: [1, 2] }, { a: [3, 4] }]);
    expect(outcomes[0]!.cpuSamples).toEqual({ a: [2, 4] });
    expect(outcomes[0]).toMatchObject({ versions: { x: '1' }, peakBytes: 7, facts: { of: 'x' } });
  });

  it('lets a slow competitor sit out, but never without one timed round', async () => {
    const asked: string[] = [];
    const [slow, fast] = await measure(
      { title: 't', cases: ['a'], competitors: [competitor('slow'), competitor('fast')], warmUp: 2 },
      { ...settings, budget: 10 },
      stage({ slow: [50, 60, 70], fast: [1, 1, 1, 1] }, asked),
    );
    expect(slow!.samples).toEqual({ a: [60] });
    expect(fast!.samples).toEqual({ a: [1, 1] });
  });

  it('reports who took no part, and who stopped half-way, with the reason', async () => {
    const [absent, dying] = await measure(
      {
        title: 't',
        cases: ['a'],
        competitors: [competitor('absent', 'not installed'), competitor('dying')],
        warmUp: 0,
      },
      settings,
      stage({ dying: [1] }, []),
    );
    expect(absent).toMatchObject({ skipped: 'not installed', samples: {} });
    expect(dying).toMatchObject({ samples: { a: [1] }, refused: { a: 'exhausted' } });
  });
});
