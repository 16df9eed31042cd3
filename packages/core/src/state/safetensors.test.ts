import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type NamedArray } from './safetensors';

// Both files are written by fixtures/make_safetensors.py, which also opens ours with Hugging Face's library.
const fixture = (name: string): Uint8Array =>
  readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));

const tensors: Record<string, NamedArray> = {
  scalar: { shape: [], data: Float32Array.of(0.5) },
  empty: { shape: [0, 3], data: Float32Array.of() },
  'encoder.layers.0.weight': { shape: [2, 3], data: Float32Array.of(0, 1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8) },
  größe: { shape: [4], data: Float32Array.of(Math.PI, -0, Number.POSITIVE_INFINITY, 1e-40) },
};
const metadata = { format: 'steadyformer', note: 'naïve' };

describe('safetensors', () => {
  it('come back as they went', () => {
    expect(decodeSafetensors(encodeSafetensors(tensors, metadata))).toEqual({ tensors, metadata });
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it('reads what the Python library writes', () => {
    expect(decodeSafetensors(fixture('python.safetensors'))).toEqual({ tensors, metadata });
  });

  it('writes the bytes that the Python library was seen to read', () => {
    expect(encodeSafetensors(tensors, metadata)).toEqual(new Uint8Array(fixture('ours.safetensors')));
  });

  it('starts the arrays at a multiple of 8', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      const file = encodeSafetensors({ [name]: { shape: [1], data: Float32Array.of(1) } });
      expect((file.length - 4) % 8).toBe(0);
    }
  });

  it('reads from an unaligned part of a larger buffer, and copies', () => {
    const file = encodeSafetensors(tensors);
    const large = new Uint8Array(file.length + 3);
    large.set(file, 3);
    const read = decodeSafetensors(large.subarray(3)).tensors;
    large.fill(255);
    expect(read).toEqual(tensors);
  });

  it('writes a view of a larger array', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const file = encodeSafetensors({ a: { shape: [2], data } });
    expect(Array.from(decodeSafetensors(file).tensors.a!.data)).toEqual([2, 3]);
  });

  it('does not write numbers that do not fit their shape', () => {
    expect(() => encodeSafetensors({ a: { shape: [2, 2], data: Float32Array.of(1) } })).toThrow(
      "tensor 'a': 1 numbers received, its shape [2, 2] holds 4",
    );
  });
});

const withHeader = (header: string, body = 0): Uint8Array => {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + body);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
};

const entry = (fields: object): string =>
  JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } });

describe('damaged safetensors', () => {
  const whole = encodeSafetensors(tensors);
  it.each([
    ['empty', new Uint8Array(0), '0 bytes, a header length alone takes 8'],
    ['cut in the header', whole.subarray(0, 30), '22 are there'],
    ['cut in the arrays', whole.subarray(0, whole.length - 1), "tensor 'größe' of shape [4] does not fit"],
    ['not JSON', withHeader('{"a":'), 'the header is not a JSON object'],
    ['a list', withHeader('[]'), 'the header is not a JSON object'],
    ['null', withHeader('null'), 'the header is not a JSON object'],
    ['no entry', withHeader('{"w":3}'), "the header of tensor 'w' is not"],
    ['no offsets', withHeader(entry({ data_offsets: undefined })), "the header of tensor 'w' is not"],
    ['one offset', withHeader(entry({ data_offsets: [0] }), 8), "the header of tensor 'w' is not"],
    ['a negative size', withHeader(entry({ shape: [-2] }), 8), "the header of tensor 'w' is not"],
    ['a size that is no number', withHeader(entry({ shape: ['2'] }), 8), "the header of tensor 'w' is not"],
    ['a shape too large', withHeader(entry({ shape: [3] }), 12), 'does not fit its bytes 0 to 8'],
  ])('%s', (_what, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(message);
    expect(() => decodeSafetensors(file)).toThrow('not a readable safetensors file');
  });

  it('of another number type', () => {
    expect(() => decodeSafetensors(withHeader(entry({ dtype: 'C64', data_offsets: [0, 16] }), 16))).toThrow(
      "tensor 'w' of the safetensors file is C64, allowed F32",
    );
  });
});

describe('what the format cannot hold', () => {
  const w = { shape: [1], data: Float32Array.of(1) };
  it.each<[string, () => unknown, string]>([
    [
      'a tensor of the name of the metadata',
      () => encodeSafetensors({ __metadata__: w }),
      "received '__metadata__'",
    ],
    ['half a surrogate pair', () => encodeSafetensors({ '\ud800': w }), 'half of a surrogate pair'],
    [
      'metadata that are no strings',
      () => encodeSafetensors({ w }, { step: 3 } as never),
      "metadata 'step': received 3",
    ],
  ])('is refused: %s', (_what, write, message) => {
    expect(write).toThrow(message);
  });

  it('is no name of Object.prototype', () => {
    const names = ['__proto__', 'constructor', 'toString', '0'];
    const named = <T>(value: T): Record<string, T> => Object.fromEntries(names.map((name) => [name, value]));
    const read = decodeSafetensors(encodeSafetensors(named(w), named('text')));
    expect(Object.keys(read.tensors).sort()).toEqual([...names].sort());
    for (const name of names) expect(read.tensors[name]).toEqual(w);
    expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(named('text')).sort());
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors({}));
    for (const name of names) expect([tensors[name], metadata[name]]).toEqual([undefined, undefined]);
  });
});
