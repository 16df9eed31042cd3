import { describe, expect, it } from 'vitest';
import type { Reply } from './protocol';
import {
  begun,
  failureText,
  heard,
  isTrained,
  NEW_VIEW,
  recentLoss,
  trainingText,
  translationText,
  type View,
} from './view';

const step = (id: number, update: number, loss = 5): Reply => ({
  kind: 'step',
  id,
  figures: { update, loss, gradientNorm: 1 },
});

const after = (view: View, ...replies: Reply[]): View => replies.reduce(heard, view);
const choice = { method: 'admin', depth: 12 } as const;

describe('the view of a model', () => {
  it('gathers steps until training ends, and goes on', () => {
    const trained = after(begun(NEW_VIEW, 1, 'train'), step(1, 1), step(1, 2, 4), {
      kind: 'ended',
      id: 1,
      why: 'stopped',
    });
    expect(trainingText(trained)).toBe('Stopped at update 2, loss 4.50');
    expect(isTrained(trained)).toBe(true);
    const on = after(begun(trained, 2, 'continue'), step(2, 3, 3));
    expect(on.busy).toBe('training');
    expect(recentLoss(on)).toBe(4);
    expect(begun(on, 3, 'train').steps).toEqual([]);
    expect(begun(on, 3, 'measure').steps).toHaveLength(3);
  });

  it('does not hear what belongs to an earlier request', () => {
    const view = begun(NEW_VIEW, 2, 'train');
    expect(after(view, step(1, 9), { kind: 'ended', id: 1, why: 'done' })).toBe(view);
  });

  it('says what is done before figures come', () => {
    const view = after(begun(NEW_VIEW, 1, 'train'), { kind: 'status', id: 1, text: 'building the model' });
    expect(trainingText(view)).toBe('building the model …');
    expect(trainingText(NEW_VIEW)).toBe('');
  });

  it('says where training diverged', () => {
    const ended: Reply = { kind: 'ended', id: 1, why: 'diverged', message: 'the loss is NaN' };
    expect(trainingText(after(begun(NEW_VIEW, 1, 'train'), step(1, 1), ended))).toBe(
      'Diverged at update 1, loss 5.00: the loss is NaN',
    );
    expect(trainingText(after(begun(NEW_VIEW, 1, 'train'), ended))).toBe(
      'Diverged at the first update: the loss is NaN',
    );
  });

  it('loses its model with its worker, and offers a smaller one where memory ran out', () => {
    const trained = after(begun(NEW_VIEW, 1, 'train'), step(1, 1));
    const failed = after(trained, { kind: 'failed', id: 1, failure: { kind: 'memory', message: 'full' } });
    expect(failed.busy).toBe('no');
    expect(isTrained(failed)).toBe(false);
    expect(failureText(failed, choice)).toEqual({
      text: 'There is not enough memory here for 24 branches (full). The worker is ended; choose a smaller model.',
      smaller: 6,
    });
    expect(failureText(failed, { ...choice, depth: 1 })).not.toHaveProperty('smaller');
    expect(begun(failed, 2, 'train').failure).toBeUndefined();
  });

  it('tells no translation from an empty one', () => {
    const said = (text: string): string =>
      translationText(after(NEW_VIEW, { kind: 'translated', id: 1, text }));
    expect([translationText(NEW_VIEW), said(''), said('Flagge')]).toEqual(['–', '(no words)', 'Flagge']);
  });

  it('keeps its model where a translation fails, and training goes on', () => {
    const training = after(begun(NEW_VIEW, 1, 'train'), step(1, 1));
    const failed = after(training, {
      kind: 'failed',
      id: 5,
      failure: { kind: 'other', message: 'too long' },
    });
    expect(failed.busy).toBe('training');
    expect(failureText(failed, choice)).toEqual({ text: 'too long' });
    expect(after(failed, { kind: 'failed', id: 1, failure: { kind: 'other', message: 'x' } }).busy).toBe(
      'no',
    );
  });
});
