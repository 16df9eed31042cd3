/** What stands in a file, by an independent reading. */
export interface Contents {
  readonly metadata: Readonly<Record<string, string>>;
  /** Entries, since a name may be one that records treat as special. */
  readonly tensors: readonly (readonly [
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array },
  ])[];
}

/** JSON with the same key twice somewhere: JSON.parse keeps the last in silence. */
const hasDoubledKeys = (text: string): boolean => {
  let doubled = false;
  const seen: Set<string>[] = [];
  // Keys are strings before a colon; braces outside of strings open and close their scope.
  for (const [, string, mark] of text.matchAll(/("(?:[^"\\]|\\.)*")(?=\s*:)|"(?:[^"\\]|\\.)*"|([{}])/g)) {
    if (mark === '{') seen.push(new Set());
    else if (mark === '}') seen.pop();
    else if (string !== undefined) {
      const key = JSON.parse(string) as string;
      if (seen.at(-1)?.has(key)) doubled = true;
      seen.at(-1)?.add(key);
    }
  }
  return doubled;
};

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/** The float32 values of a range of bytes of one of the types that become float32. */
const values = (dtype: unknown, bytes: Uint8Array): Float32Array | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'F32')
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  if (dtype === 'BF16') {
    const bits = new Uint32Array(bytes.length / 2).map((_, i) => view.getUint16(2 * i, true) << 16);
    return new Float32Array(bits.buffer);
  }
  if (dtype !== 'F16') return undefined;
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => {
    const half = view.getUint16(2 * i, true);
    const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  });
};

const WIDTHS: Readonly<Record<string, number>> = { F32: 4, BF16: 2, F16: 2 };

/**
 * The format as its own library reads it: a header of at most 100 MB that starts with a brace, text values in the
 * metadata, arrays that cover the body from its first byte to its last without hole or overlap.
 */
export const readByTheFormat = (file: Uint8Array): Contents | 'malformed' => {
  if (file.length < 8) return 'malformed';
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  if (length > 100_000_000n || 8n + length > BigInt(file.length)) return 'malformed';
  const body = file.subarray(8 + Number(length));
  let header: Record<string, unknown>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      file.subarray(8, 8 + Number(length)),
    );
    if (!text.startsWith('{') || hasDoubledKeys(text)) return 'malformed';
    header = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return 'malformed';
  }
  const metadata = header.__metadata__ ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) return 'malformed';
  if (Object.values(metadata).some((value) => typeof value !== 'string')) return 'malformed';
  const tensors: Contents['tensors'][number][] = [];
  const ranges: (readonly [number, number])[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (typeof entry !== 'object' || entry === null) return 'malformed';
    const { dtype, shape, data_offsets: offsets, ...more } = entry as Record<string, unknown>;
    if (Object.keys(more).length > 0 || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      return 'malformed';
    const [from = 0, to = 0] = offsets;
    const size = shape.reduce((product, n) => product * n, 1);
    if (typeof dtype !== 'string' || !Object.hasOwn(WIDTHS, dtype)) return 'malformed';
    if (to > body.length || to - from !== size * WIDTHS[dtype]!) return 'malformed';
    const data = values(dtype, body.subarray(from, to));
    if (!data) return 'malformed';
    tensors.push([name, { shape, data }]);
    ranges.push([from, to]);
  }
  let at = 0;
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== at) return 'malformed';
    at = to;
  }
  return at === body.length ? { metadata: metadata as Record<string, string>, tensors } : 'malformed';
};
