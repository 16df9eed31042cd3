import { describe, expect, it } from 'vitest';
import { coloursOf } from './colours';
import { METHOD_NAMES } from './methods';

describe('coloursOf()', () => {
  it("are the site's where it has some", () => {
    const choices = { left: { method: 'admin', depth: 1 }, right: { method: 'postLN', depth: 1 } } as const;
    expect(coloursOf(choices)).toEqual({ left: 'var(--steady-admin)', right: 'var(--steady-post-ln)' });
  });

  it('differ for any two methods', () => {
    for (const left of METHOD_NAMES) {
      for (const right of METHOD_NAMES) {
        const colours = coloursOf({ left: { method: left, depth: 1 }, right: { method: right, depth: 2 } });
        expect(colours.left).not.toBe(colours.right);
      }
    }
  });
});
