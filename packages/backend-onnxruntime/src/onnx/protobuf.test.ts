import { describe, expect, it } from 'vitest';
import { embedded, float, integer } from './protobuf';

// Examples of the encoding guide of Protocol Buffers.
describe('protobuf', () => {
  it('writes varints', () => {
    expect(integer(1, 150)).toEqual([0x08, 0x96, 0x01]);
    expect(integer(1, 0)).toEqual([0x08, 0x00]);
    expect(integer(20, 1)).toEqual([0xa0, 0x01, 0x01]);
  });

  it('writes negative numbers as ten bytes', () => {
    expect(integer(1, -1)).toEqual([0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });

  it('writes strings, bytes and messages with their length', () => {
    expect(embedded(2, 'testing')).toEqual([0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
    expect(embedded(3, [integer(1, 150)])).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
    expect(embedded(4, Uint8Array.of(9))).toEqual([0x22, 1, 9]);
  });

  it('writes floats little-endian', () => {
    expect(float(1, 1)).toEqual([0x0d, 0, 0, 0x80, 0x3f]);
  });
});
