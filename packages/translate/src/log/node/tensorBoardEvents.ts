import { bytes, double, float, integer, string } from '../../protobuf/protobuf';
import { maskedCrc32c } from './crc32c';

// TensorBoard's protocol buffers (tensorboard/compat/proto: event, summary, tensor), field by field.

const STRING_TYPE = 7;
const START = 1;

interface When {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
}

/** A step of 0 is what a message without one has, and is left out, as protobuf 3 does. */
const event = ({ wallTime, step }: When, ...content: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([double(1, wallTime), ...(step === 0 ? [] : [integer(2, step)]), ...content]);

const plugin = (name: string): Uint8Array => bytes(9, bytes(1, string(1, name)));

/** The first event of every file. */
export const versionEvent = (wallTime: number): Uint8Array =>
  event({ wallTime, step: 0 }, string(3, 'brain.Event:2'));

/** Tells readers that what earlier files hold from this step on was taken back. */
export const startEvent = (when: When): Uint8Array => event(when, bytes(7, integer(1, START)));

/** Numbers at one step, by their tags, as float32. */
export const scalarsEvent = (when: When, values: Readonly<Record<string, number>>): Uint8Array =>
  event(
    when,
    bytes(
      5,
      ...Object.entries(values).map(([tag, value]) =>
        bytes(1, string(1, tag), float(2, value), plugin('scalars')),
      ),
    ),
  );

/** A text at one step, which TensorBoard shows as Markdown. */
export const textEvent = (when: When, tag: string, text: string): Uint8Array => {
  const tensor = bytes(8, integer(1, STRING_TYPE), bytes(2, bytes(2, integer(1, 1))), string(8, text));
  return event(when, bytes(5, bytes(1, string(1, tag), tensor, plugin('text'))));
};

/** An event as it stands in a file: a TFRecord, whose length and data have a checksum each. */
export const record = (data: Uint8Array): Uint8Array => {
  const frame = Buffer.alloc(16 + data.length);
  frame.writeBigUInt64LE(BigInt(data.length), 0);
  frame.writeUInt32LE(maskedCrc32c(frame.subarray(0, 8)), 8);
  frame.set(data, 12);
  frame.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return frame;
};
