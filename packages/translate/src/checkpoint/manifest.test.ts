import { randomStream } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { type CheckpointFiles, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import { MANIFEST } from './manifest';

const vocabulary = trainBpe(['a small test'], { merges: 5 });
const config = { kind: 'transformer', vocabulary: vocabulary.size, padId: 1 } as never;
const files = await encodeCheckpoint({
  config,
  vocabulary,
  parameters: { 'encoder.w': { shape: [4, 8], data: Float32Array.from({ length: 32 }, (_, i) => i) } },
  training: {
    rule: { name: 'radam', options: { beta1: 0.9 } },
    position: { epoch: 3, index: 4 },
    settings: { seed: 1, batches: { maxTokens: 64 } },
    optimizer: { updates: 9, m: new Float32Array(32).fill(1), v: new Float32Array(32).fill(2) },
  },
});

const text = (name: string): string => new TextDecoder().decode(files[name]);
const withManifest = (change: (json: Record<string, unknown>) => unknown): CheckpointFiles => ({
  ...files,
  [MANIFEST]: new TextEncoder().encode(JSON.stringify(change(JSON.parse(text(MANIFEST))), null, 2)),
});
/** As version 1 had it: without a checksum. */
const version1 = (change: (json: Record<string, unknown>) => unknown): CheckpointFiles =>
  withManifest(({ checksum: _, ...json }) => change({ ...json, version: 1 }));

it('refuses every one of 1,000 flips of a single bit, in every file', async () => {
  const random = randomStream(7).fork('flips');
  const names = Object.keys(files);
  const flipped: Record<string, number> = {};
  for (let i = 0; i < 1000; i++) {
    const name = names[i % names.length]!;
    const bytes = files[name]!.slice();
    const bit = Math.floor(random.uniformAt(i) * bytes.length * 8);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await expect(decodeCheckpoint({ ...files, [name]: bytes }), `${name}, bit ${bit}`).rejects.toThrow(
      /checkpoint/,
    );
    flipped[name] = (flipped[name] ?? 0) + 1;
  }
  expect(Object.values(flipped).every((count) => count >= 333)).toBe(true);
  expect((await decodeCheckpoint(files)).training?.optimizer.updates).toBe(9);
});

it('refuses every flip of a single bit in the manifest', async () => {
  const manifest = files[MANIFEST]!;
  for (let bit = 0; bit < manifest.length * 8; bit++) {
    const bytes = manifest.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await expect(decodeCheckpoint({ ...files, [MANIFEST]: bytes })).rejects.toThrow(/checkpoint/);
  }
});

it('refuses what is cut off, or edited by hand', async () => {
  const bytes = files[MANIFEST]!;
  for (const length of [0, 1, 100, bytes.length - 2, bytes.length - 1]) {
    await expect(decodeCheckpoint({ ...files, [MANIFEST]: bytes.subarray(0, length) })).rejects.toThrow(
      /checkpoint/,
    );
  }
  await expect(decodeCheckpoint(withManifest((json) => ({ ...json, profile: null })))).rejects.toThrow(
    'checkpoint.json is damaged (its checksum differs). The file is damaged or was edited by hand',
  );
  await expect(decodeCheckpoint(withManifest(({ checksum: _, ...json }) => json))).rejects.toThrow('damaged');
});

type Change = (json: Record<string, unknown>) => unknown;
const MALFORMED: readonly (readonly [string, Change, string])[] = [
  ['null', () => null, 'received null, allowed an object'],
  ['a list', () => [], 'format'],
  ['a version to come', (json: object) => ({ ...json, version: 3 }), 'allowed .* version 1 or 2'],
  [
    'no checksums',
    ({ checksums: _, ...json }: Record<string, unknown>) => json,
    'checksums: received undefined',
  ],
  ['no model', (json: object) => ({ ...json, checksums: {} }), 'names no model.safetensors'],
  [
    'a checksum of another kind',
    (json: object) => ({ ...json, checksums: { x: 'abc' } }),
    "checksums.x: received 'abc', allowed 64 hexadecimal digits",
  ],
  [
    'a vocabulary that is a text',
    (json: object) => ({ ...json, vocabulary: 'x'.repeat(1e6) }),
    "vocabulary: received 'x{100}\\.\\.\\. \\(1000000 characters\\)', allowed an object",
  ],
  [
    'a config that is missing',
    ({ config: _, ...json }: Record<string, unknown>) => json,
    'config: received undefined',
  ],
  ['a profile of another kind', (json: object) => ({ ...json, profile: { format: 1 } }), 'profile'],
  ...[-1, 0.5, '3', null, 1e300].map(
    (epoch) =>
      [
        `an epoch of ${epoch}`,
        (json: object) => ({
          ...json,
          training: { rule: { name: 'radam' }, position: { epoch, index: 0 }, updates: 0 },
        }),
        'training.position.epoch: received',
      ] as const satisfies readonly [string, Change, string],
  ),
];

it.each(MALFORMED)('names the field of a manifest without a checksum: %s', async (_, change, message) => {
  const error = await decodeCheckpoint(version1(change)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringMatching(message) });
  expect((error as Error).message.length).toBeLessThan(400);
});

it('still reads one of version 1 that is as it should be', async () => {
  const { training } = await decodeCheckpoint(version1((json) => json));
  expect(training?.position).toEqual({ epoch: 3, index: 4 });
});
