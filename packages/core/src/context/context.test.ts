import { describe, expect, it } from 'vitest';
import { randomStream } from '../random/random';
import { scope } from './context';

describe('scope', () => {
  it('grows path and random stream by the label, and keeps the rest', () => {
    const random = randomStream(1);
    const context = scope(scope({ training: true, random }, 'layers'), 3);
    expect(context.path).toBe('layers.3');
    expect(context.random!.key).toEqual(random.fork('layers').fork(3).key);
    expect(context.training).toBe(true);
  });

  it('needs no random stream', () => {
    expect(scope({}, 'encoder')).toEqual({ path: 'encoder' });
  });
});
