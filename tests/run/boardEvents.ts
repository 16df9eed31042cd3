import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Field {
  readonly number: number;
  /** A varint, or the bytes of any other type. */
  readonly value: number | Uint8Array;
}

/** The fields of a protobuf message. */
const fieldsOf = (bytes: Uint8Array): Field[] => {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const type = key & 7;
    const value = type === 0 ? varint() : take(type === 1 ? 8 : type === 5 ? 4 : varint());
    fields.push({ number: key >> 3, value });
  }
  return fields;
};

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The events of a file, whole ones: each has its length and a checksum before it, and one behind. */
function* eventsIn(path: string): Generator<readonly Field[]> {
  const bytes = new Uint8Array(readFileSync(path));
  for (let at = 0; at + 12 < bytes.length; ) {
    const length = Number(view(bytes).getBigUint64(at, true));
    if (at + 16 + length > bytes.length) return;
    yield fieldsOf(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
}

export type Points = Record<string, (readonly [step: number, value: number])[]>;

/**
 * The points by tag as TensorBoard has them: files in the order of their names; a session's start drops what was written
 * of its step and later ones.
 */
export const pointsIn = (folder: string): Points => {
  const points: Points = {};
  for (const name of readdirSync(folder).sort()) {
    for (const event of eventsIn(join(folder, name))) {
      const of = (number: number) => event.find((field) => field.number === number)?.value;
      const step = Number(of(2) ?? 0);
      if (of(7) !== undefined) {
        for (const tag of Object.keys(points)) points[tag] = points[tag]!.filter(([at]) => at < step);
      }
      for (const { value } of fieldsOf((of(5) ?? new Uint8Array()) as Uint8Array)) {
        const parts = fieldsOf(value as Uint8Array);
        const tag = new TextDecoder().decode(parts.find(({ number }) => number === 1)!.value as Uint8Array);
        const number = view(parts.find((part) => part.number === 2)!.value as Uint8Array).getFloat32(0, true);
        points[tag] = [...(points[tag] ?? []), [step, number]];
      }
    }
  }
  return points;
};
