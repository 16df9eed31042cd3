import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SteadyformerError } from '../checks/errors';
import { decodeSafetensors } from './safetensors';

// Written by fixtures/make_safetensors_verdicts.py: what Hugging Face's library takes.
const verdicts = JSON.parse(
  readFileSync(new URL('../../fixtures/safetensorsVerdicts.json', import.meta.url), 'utf8'),
) as readonly { name: string; accepted: boolean; file: string }[];

/** Taken by the library and not here: the format forbids a name twice; the rest holds nothing that could be read. */
const STRICTER = new Set([
  'one name twice, the same',
  'one name twice, the last covers',
  'one name twice, once escaped',
  'a key of metadata twice',
  'an entry in a list',
  'another field of a fraction',
  'four of F8_E5M2',
  'four of F8_E4M3',
  'four of F8_E8M0',
  'four of C64',
  'four of F4',
  'four of F6_E2M3',
  'four of F6_E3M2',
]);

const refused = (file: string): boolean => {
  try {
    decodeSafetensors(new Uint8Array(Buffer.from(file, 'base64')));
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(SteadyformerError);
    return true;
  }
};

/** Whether the header of a file that the library takes holds a name twice. */
const holdsTwice = (file: string): boolean => {
  const bytes = Buffer.from(file, 'base64');
  const header = bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0)));
  const names = [...header.matchAll(/"(\w+)":\s*\{"dtype"/g)].map(([, name]) => name);
  return new Set(names).size < names.length;
};

describe('files that the format allows and forbids', () => {
  it('are enough, of both kinds', () => {
    expect(verdicts).toHaveLength(478);
    expect(verdicts.filter(({ accepted }) => accepted).length).toBe(88);
    expect(verdicts.filter(({ name }) => STRICTER.has(name))).toHaveLength(STRICTER.size);
  });

  it('are judged as its library judges them', () => {
    for (const { name, accepted, file } of verdicts) {
      const stricter = STRICTER.has(name) || (accepted && name.startsWith('changed') && holdsTwice(file));
      expect(refused(file), name).toBe(!accepted || stricter);
    }
  });
});

describe('numbers of other types', () => {
  const read = (name: string): Buffer => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url));
  const { values, halves } = JSON.parse(read('safetensorsTypes.json').toString()) as {
    values: Record<string, { shape: number[]; data: (number | 'nan' | 'inf' | '-inf')[] }>;
    halves: Record<string, string>;
  };
  const WORDS = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };

  it('come as the float32 that PyTorch makes of them', () => {
    const { tensors } = decodeSafetensors(read('types.safetensors'));
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(values).sort());
    for (const [name, { shape, data }] of Object.entries(values)) {
      expect(tensors[name]!.shape).toEqual(shape);
      const numbers = data.map((x) => Math.fround(typeof x === 'string' ? WORDS[x] : x));
      expect(Array.from(tensors[name]!.data), name).toEqual(numbers);
    }
  });

  const fileOf = (dtype: string, bytes: Uint8Array, width: number): Uint8Array => {
    const entry = { dtype, shape: [bytes.length / width], data_offsets: [0, bytes.length] };
    const header = new TextEncoder().encode(JSON.stringify({ w: entry }));
    const file = new Uint8Array(8 + header.length + bytes.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(header, 8);
    file.set(bytes, 8 + header.length);
    return file;
  };

  it.each(Object.keys(halves))('all of %s, to the bit', async (dtype) => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const { data } = decodeSafetensors(fileOf(dtype, new Uint8Array(all.buffer), 2)).tensors.w!;
    const numbers = data.map((x) => (Number.isNaN(x) ? 0 : x));
    const hash = await crypto.subtle.digest('SHA-256', numbers);
    expect(Buffer.from(hash).toString('hex')).toBe(halves[dtype]);
  });

  it.each<[string, Float64Array | BigInt64Array | Int32Array, string]>([
    ['F64', Float64Array.of(0, -1e39), '-1e+39'],
    ['I64', BigInt64Array.of(0n, 16777217n), '16777217'],
    ['I64', BigInt64Array.of(0n, (1n << 60n) + 1n), '1152921504606847000'],
    ['I32', Int32Array.of(0, -16777217), '-16777217'],
  ])('that float32 cannot hold are errors: %s', (dtype, array, number) => {
    const file = fileOf(dtype, new Uint8Array(array.buffer), array.BYTES_PER_ELEMENT);
    expect(() => decodeSafetensors(file)).toThrow(
      `tensor 'w' of the safetensors file holds ${number} as ${dtype}, which float32 cannot`,
    );
  });
});
