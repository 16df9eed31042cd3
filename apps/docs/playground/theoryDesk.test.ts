import { describe, expect, it } from 'vitest';
import type { Choice } from './methods';
import type { Request } from './protocol';
import { TheoryDesk } from './theoryDesk';

const choice = (depth: number): Choice => ({ method: 'admin', depth });
const theory = { paths: [], dependency: [], outputChange: [] };
const growth = { class: 'linear', notation: 'O(N)', decided: 'symbolic', over: 'networks' } as const;

const opened = () => {
  const sent: Request[] = [];
  const told: string[] = [];
  const desk = new TheoryDesk((request) => sent.push(request), {
    onTheory: (side) => told.push(side),
    onGrowth: (method) => told.push(method),
  });
  return { desk, sent, told };
};

describe('the theory desk', () => {
  it('asks one question at a time, for the last of many choices, and for growth once', () => {
    const { desk, sent, told } = opened();
    for (const depth of [1, 2, 3]) desk.ask('left', choice(depth));
    expect(sent).toEqual([{ kind: 'theory', id: 1, choice: choice(1) }]);
    desk.hear({ kind: 'theory', id: 1, theory }); // overtaken
    expect(told).toEqual([]);
    expect(sent[1]).toEqual({ kind: 'theory', id: 2, choice: choice(3) });
    desk.hear({ kind: 'theory', id: 2, theory });
    expect(told).toEqual(['left']);
    expect(sent[2]).toEqual({ kind: 'growth', id: 3, method: 'admin' });
    desk.hear({ kind: 'growth', id: 3, method: 'admin', growth });
    expect(told).toEqual(['left', 'admin']);
    desk.ask('right', choice(9));
    desk.hear({ kind: 'theory', id: sent.at(-1)!.kind === 'theory' ? 5 : 0, theory });
    expect(sent).toHaveLength(4);
  });

  it('goes on after a failure at the next choice', () => {
    const { desk, sent } = opened();
    desk.ask('left', choice(1));
    desk.hear({ kind: 'failed', id: 1, failure: { kind: 'crash', message: '' } });
    expect(sent).toHaveLength(1);
    desk.ask('left', choice(2));
    expect(sent).toHaveLength(2);
  });
});
