import { selectBackend } from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../protocol';
import { NETWORKS } from '../sizes';
import type { ChosenBackend } from './backends';
import { Lab } from './lab';

const cpu = async (): Promise<ChosenBackend> => ({ name: 'cpu', notes: [] });
const setup = { method: 'admin', depth: 1, rate: 0.01, warmup: 0, seed: 1 } as const;
const train = { kind: 'train', id: 1, setup, updates: 3, backend: 'cpu' } as const;

/** A lab, what it has said, and a promise of the first reply that is wanted. */
const listened = (choose = cpu) => {
  const replies: Reply[] = [];
  const waiting: { wanted: (reply: Reply) => boolean; found: () => void }[] = [];
  const lab = new Lab((reply) => {
    replies.push(structuredClone(reply)); // as messages are
    for (const { wanted, found } of waiting) if (wanted(reply)) found();
  }, choose);
  const until = (wanted: (reply: Reply) => boolean): Promise<void> =>
    new Promise((found) => waiting.push({ wanted, found }));
  const kinds = (): string[] => replies.map(({ kind }) => kind);
  return { lab, replies, until, kinds };
};

beforeAll(() => selectBackend('cpu'));

describe('a lab', () => {
  it('trains, goes on where it was, and translates', async () => {
    const { lab, replies, kinds } = listened();
    await lab.handle(train);
    expect(kinds()).toEqual(['status', 'backend', 'status', 'built', 'step', 'step', 'step', 'ended']);
    await lab.handle({ kind: 'continue', id: 2, updates: 1 });
    expect(replies.slice(-2)).toMatchObject([
      { kind: 'step', id: 2, figures: { update: 4 } },
      { kind: 'ended', id: 2, why: 'done' },
    ]);
    await lab.handle({ kind: 'translate', id: 3, text: 'flag' });
    expect(replies.at(-1)).toMatchObject({ kind: 'translated', id: 3 });
  });

  it('stops after the update at work, translating meanwhile', async () => {
    const { lab, replies, until } = listened();
    const training = lab.handle({ ...train, updates: 1000 });
    await until(({ kind }) => kind === 'step');
    await lab.handle({ kind: 'translate', id: 9, text: 'flag' });
    await lab.handle({ kind: 'stop' });
    const before = replies.filter(({ kind }) => kind === 'step').length;
    await training;
    expect(replies.filter(({ kind }) => kind === 'step').length).toBeLessThanOrEqual(before + 1);
    expect(replies.some(({ kind }) => kind === 'translated')).toBe(true);
    expect(replies.at(-1)).toEqual({ kind: 'ended', id: 1, why: 'stopped' });
  });

  it('stops before the first update where it is told while loading', async () => {
    const { lab, kinds, replies } = listened();
    const training = lab.handle(train);
    await lab.handle({ kind: 'stop' });
    await training;
    expect(kinds()).not.toContain('step');
    expect(replies.at(-1)).toEqual({ kind: 'ended', id: 1, why: 'stopped' });
  });

  it('measures network after network, and stops between two', async () => {
    const { lab, kinds, until, replies } = listened();
    const request = {
      kind: 'measure',
      id: 4,
      choice: { method: 'preLN', depth: 1 },
      seed: 1,
      backend: 'cpu',
    } as const;
    await lab.handle(request);
    expect(kinds().filter((kind) => kind === 'measured')).toHaveLength(NETWORKS);
    expect(replies.at(-1)).toEqual({ kind: 'ended', id: 4, why: 'done' });
    const again = lab.handle({ ...request, id: 5 });
    await until(({ kind, id }) => kind === 'measured' && id === 5);
    await lab.handle({ kind: 'stop' });
    await again;
    expect(replies.at(-1)).toEqual({ kind: 'ended', id: 5, why: 'stopped' });
  });

  it('says where numbers run away', async () => {
    const { lab, replies } = listened();
    await lab.handle({ ...train, setup: { ...setup, rate: 1e30 }, updates: 20 });
    expect(replies.at(-1)).toMatchObject({ kind: 'ended', why: 'diverged' });
  });

  it('says what fails, and goes on after it', async () => {
    const { lab, replies } = listened();
    await lab.handle({ kind: 'translate', id: 1, text: 'flag' });
    expect(replies).toEqual([
      { kind: 'failed', id: 1, failure: { kind: 'other', message: 'no model is trained yet: press Train' } },
    ]);
    await lab.handle({ ...train, setup: { ...setup, depth: -1 } });
    expect(replies.at(-1)).toMatchObject({ kind: 'failed', failure: { kind: 'other' } });
    await lab.handle({ ...train, updates: 1 });
    expect(replies.at(-1)).toMatchObject({ kind: 'ended', why: 'done' });
  });

  it('says where no memory is left', async () => {
    const { lab, replies } = listened(async () => {
      throw new RangeError('Array buffer allocation failed');
    });
    await lab.handle(train);
    expect(replies.at(-1)).toMatchObject({ kind: 'failed', failure: { kind: 'memory' } });
  });
});
