import { describe, expect, it } from 'vitest';
import { loadFfi } from './ffi';

describe('loadFfi', () => {
  it('gives koffi', () => {
    expect(loadFfi().version).toMatch(/^3\./);
  });

  it('says what to do where its binary is missing', () => {
    const failing = (): never => {
      throw new Error('Cannot find the native Koffi module; did you bundle it correctly?');
    };
    expect(() => loadFfi(failing)).toThrow(
      /koffi has no binary.*native Koffi module.*without --omit=optional/,
    );
  });
});
