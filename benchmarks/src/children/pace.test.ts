import { describe, expect, it } from 'vitest';
import type { Answer, Request } from '../harness/protocol';
import { type Channel, Pace } from './pace';

const TIME: Request = { do: 'time', case: 'round', seconds: 0 };
const REPORT: Request = { do: 'report' };

const channel = (requests: Request[]): Channel & { readonly said: Answer[]; ended: number } => {
  const said: Answer[] = [];
  const own = {
    said,
    ended: 0,
    say: (answer: Answer) => {
      said.push(answer);
    },
    next: () => requests.shift(),
    end: () => {
      own.ended++;
    },
  };
  return own;
};

const task = {
  size: { width: 1, feedForward: 1, heads: 1, depth: 1, maxTokens: 9, merges: 1, warmUp: 2, updates: 4 },
  batches: Array.from({ length: 12 }, (_, i) => ({ indices: [i], tokens: i + 1, positions: 10 * (i + 1) })),
};

describe('Pace', () => {
  it('cuts training into a warm-up and rounds, and tells what was done in each', () => {
    const own = channel([TIME, TIME, REPORT, TIME]);
    const pace = new Pace(task, () => ({ parameters: 5 }), own);
    pace.ready({ node: '20' });
    for (let update = 1; update <= 8; update++) pace.reached(update, update / 10);
    expect(own.said.map(({ is }) => is)).toEqual(['ready', 'timed', 'timed', 'report']);
    expect(own.said[0]).toEqual({ is: 'ready', cases: ['round'], versions: { node: '20' } });
    const [, first, , report] = own.said as [Answer, Answer & { seconds: number }, Answer, Answer];
    expect(first.seconds).toBeGreaterThanOrEqual(0);
    expect(report).toMatchObject({
      facts: {
        parameters: 5,
        rounds: [
          { updates: 2, tokens: 3, positions: 30, loss: 0.2 },
          { updates: 4, tokens: 18, positions: 180, loss: 0.6 },
        ],
      },
    });
    expect(own.ended).toBe(0);
  });

  it('takes a program that tells only of every so many updates', () => {
    const own = channel([TIME, TIME, TIME]);
    const pace = new Pace(task, () => ({}), own);
    pace.ready({});
    for (const update of [2, 4, 6, 8, 10]) pace.reached(update, 1);
    expect(own.said.map(({ is }) => is)).toEqual(['ready', 'timed', 'timed', 'timed']);
  });

  it('ends where nobody asks any more', () => {
    const own = channel([REPORT]);
    new Pace(task, () => ({}), own).ready({});
    expect(own.said.map(({ is }) => is)).toEqual(['ready', 'report']);
    expect(own.ended).toBe(1);
  });
});
