import { createHash } from 'node:crypto';
import {
  decodeSafetensors,
  encodeSafetensors,
  postLN,
  type StateDict,
  selectBackend,
  stateDict,
  transformer,
} from '@steadyformer/core';
import { type CheckpointFiles, encodeCheckpoint, trainBpe } from '@steadyformer/translate';

export const MANIFEST = 'checkpoint.json';
export const MODEL = 'model.safetensors';
export const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
export const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 8, heads: 2, depth: 1 };

await selectBackend('cpu');
const model = transformer({ ...sizes, method: postLN() }, 2);
/** The files of a model as they should be. */
export const whole: CheckpointFiles = await encodeCheckpoint({
  ...{ config: model.config, parameters: await stateDict(model), vocabulary },
});
model.dispose();

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const bytes = (said: string): Uint8Array => new TextEncoder().encode(said);

export type Json = Record<string, unknown>;

/** With a manifest that vouches for all of it, itself included: what is wrong is no accident of the disk. */
export const sealed = (
  files: Record<string, Uint8Array>,
  change: (manifest: Json) => void = () => {},
): CheckpointFiles => {
  const manifest = JSON.parse(text(files[MANIFEST]!)) as Json & { checksums: Json };
  manifest.checksums[MODEL] = sha256(files[MODEL]!);
  change(manifest);
  const zeros = '0'.repeat(64);
  const open = `${JSON.stringify({ ...manifest, checksum: zeros }, null, 2)}\n`;
  return { ...files, [MANIFEST]: bytes(open.replace(zeros, sha256(open))) };
};

export const withManifest = (change: (manifest: Json) => void) => (): CheckpointFiles =>
  sealed({ ...whole }, change);

export const withWeights =
  (change: (tensors: Record<string, { shape: number[]; data: Float32Array }>) => void) =>
  (): CheckpointFiles => {
    const { tensors, metadata } = decodeSafetensors(whole[MODEL]!);
    const own = Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]) => [
        name,
        { shape: [...shape], data: Float32Array.from(data) },
      ]),
    );
    change(own);
    return sealed({ ...whole, [MODEL]: encodeSafetensors(own as StateDict, metadata) });
  };

export const withModel = (change: (model: Uint8Array) => Uint8Array) => (): CheckpointFiles =>
  sealed({ ...whole, [MODEL]: change(Uint8Array.from(whole[MODEL]!)) });

export const damaged = (name: string, change: (file: Uint8Array) => Uint8Array) => (): CheckpointFiles => ({
  ...whole,
  [name]: change(Uint8Array.from(whole[name]!)),
});

/** The length of the header, as the first eight bytes have it. */
export const withHeaderLength = (length: bigint) =>
  withModel((model) => {
    new DataView(model.buffer).setBigUint64(0, length, true);
    return model;
  });

export const header = (change: (header: string) => string) =>
  withModel((model) => {
    const length = Number(new DataView(model.buffer).getBigUint64(0, true));
    const said = bytes(change(text(model.subarray(8, 8 + length))));
    const made = new Uint8Array(8 + said.length + model.length - 8 - length);
    new DataView(made.buffer).setBigUint64(0, BigInt(said.length), true);
    made.set(said, 8);
    made.set(model.subarray(8 + length), 8 + said.length);
    return made;
  });

export const without = (name: string) => (): CheckpointFiles =>
  Object.fromEntries(Object.entries(whole).filter(([each]) => each !== name));
