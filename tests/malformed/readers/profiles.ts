import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  adminInit,
  checkProfile,
  initialize,
  parseProfile,
  profile,
  reparameterize,
} from '@steadyformer/admin-init';
import { readProfile } from '@steadyformer/admin-init/node';
import { admin, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { exactly, flag, listOf, needed, oneOf, real, record, whole } from '../domains';
import { inFolder } from '../folder';
import { optionsReader, valueReader } from '../optionsReader';
import { agrees, bytesReader, echoes, jsonReader, type Reader, textReader } from '../reader';

const model = transformer({ vocabulary: 12, padId: 1, width: 4, heads: 1, depth: 1, method: admin() }, 2);
const batch = {
  source: tf.tensor2d([[4, 5, 2]], [1, 3], 'int32'),
  target: tf.tensor2d([[2, 6]], [1, 2], 'int32'),
};
const made = await profile(model, [batch]);
const copy = (): unknown => structuredClone(made);

/** Omegas of the model, read back. */
const omegas = (): number[] =>
  Object.values(model.stacks()).flatMap((stack) =>
    stack.subLayers().map(({ subLayer }) => subLayer.omega!.value.dataSync()[0]!),
  );

/** The omegas of a profile by its format: a list a stack, numbers above zero. */
const given = (json: unknown): number[] => {
  const { stacks } = json as typeof made;
  return Object.keys(model.stacks()).flatMap((name) => stacks[name]!.map(({ omega }) => Math.fround(omega)));
};

/** JSON in UTF-8. */
const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return 'malformed';
  }
};

const authors = (text: string): number[][] | 'malformed' => {
  const stacks: number[][] = [];
  for (const line of text
    .split('\n')
    .map((each) => each.trim())
    .filter((each) => each !== '')) {
    const match = /^(\d+)\s+(\+?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/u.exec(line);
    if (!match) return 'malformed';
    const [index, omega] = [Number(match[1]), Number(match[2])];
    if (index === 1) stacks.push([]);
    if (index !== (stacks.at(-1)?.length ?? -1) + 1 || !Number.isFinite(omega) || omega <= 0)
      return 'malformed';
    stacks.at(-1)!.push(omega);
  }
  return stacks.length > 0 ? stacks : 'malformed';
};

export const profiles: readonly Reader[] = [
  jsonReader({
    name: 'admin-init: checkProfile',
    weight: 2,
    sound: [copy],
    read: (json) => checkProfile(json),
    judge: (result, json) => echoes(json, result),
  }),
  jsonReader({
    name: 'admin-init: initialize',
    weight: 2,
    sound: [copy],
    read: (json) => {
      initialize(model, json as typeof made);
      return omegas();
    },
    judge: (result, json) => agrees(result, given(json)),
  }),
  bytesReader({
    name: 'admin-init/node: readProfile',
    sound: [() => new TextEncoder().encode(JSON.stringify(made))],
    read: (bytes) =>
      inFolder((folder) => {
        const path = join(folder, 'profile.json');
        writeFileSync(path, bytes);
        return readProfile(path);
      }),
    judge: (result, bytes) => agrees<unknown>(result, parsed(bytes)),
  }),
  textReader({
    name: 'admin-init: parseProfile',
    weight: 2,
    sound: [() => '1 1.0\n2 1.5\n3 2\n1 1\n2 1.25e0\n', () => '1 0.5\n'],
    read: (text) => parseProfile(text),
    judge: (result, text) => agrees<number[][] | 'malformed'>(result, authors(text)),
  }),
  optionsReader({
    name: 'admin-init: profile',
    options: {
      rule: oneOf('reference', 'paper'),
      pads: oneOf('masked', 'counted'),
      dropout: flag(false),
      seed: real(3),
    },
    call: async (o) => {
      const { stacks } = await profile(model, [batch], o);
      const all = Object.values(stacks).flat();
      return all.every(({ omega }) => omega > 0 && Number.isFinite(omega))
        ? undefined
        : 'omegas are not finite';
    },
  }),
  valueReader(
    'admin-init: adminInit of',
    listOf(
      [batch],
      record({ source: needed(exactly(batch.source)), target: needed(exactly(batch.target)) }, 'open'),
      1,
    ),
    async (batches) => {
      await adminInit(model, batches);
    },
  ),
  optionsReader({
    name: 'admin-init: initialize, options',
    options: { prefix: flag(true) },
    call: (o) => void initialize(model, made, o),
  }),
  optionsReader({
    name: 'admin-init: reparameterize',
    options: { maxLength: whole(8, 1, 2 ** 20) },
    call: async (o) => {
      const folded = (await reparameterize(model, o)) as unknown as typeof model;
      folded.dispose();
    },
  }),
];
