import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { text, whole } from '../domains';
import { optionsReader } from '../optionsReader';
import type { Reader } from '../reader';
import { agrees, bytesReader, jsonReader, textReader } from '../reader';

/** Readers with one fault each: a run that does not see these faults sees nothing. */
export const broken: readonly Reader[] = [
  jsonReader({
    name: 'broken: raw TypeError',
    sound: [() => ({ sizes: { width: 3 } })],
    read: (json) => {
      const { width } = (json as { sizes: { width: number } }).sizes;
      if (!(width > 0)) throw new SteadyformerError(`width: received ${width}, allowed numbers > 0`);
      return width.toFixed(1);
    },
    judge: () => undefined,
  }),
  optionsReader({
    name: 'broken: accepts anything',
    options: { width: whole(3), name: text('x') },
    call: () => {},
  }),
  bytesReader({
    name: 'broken: loses damage',
    sound: [() => new TextEncoder().encode('all of this')],
    read: (bytes) => new TextDecoder().decode(bytes),
    judge: (result, _, sound) => agrees(result, new TextDecoder().decode(sound)),
  }),
  textReader({
    name: 'broken: quotes everything',
    sound: [() => 'a\nb'],
    read: (text) => {
      throw new SteadyformerError(`cannot read '${text.padEnd(3000, '.')}'`);
    },
    judge: () => undefined,
  }),
  textReader({
    name: 'broken: leaves tensors',
    sound: [() => 'a\nb'],
    read: () => {
      tf.scalar(1);
      throw new SteadyformerError('the text cannot be read, and a tensor is lost');
    },
    judge: () => undefined,
  }),
  jsonReader({
    name: 'broken: pollutes',
    sound: [() => ({})],
    read: (json) => {
      const merged: Record<string, Record<string, unknown>> = {};
      for (const [key, value] of Object.entries(json ?? {})) {
        merged[key] ??= {};
        Object.assign(merged[key], value);
      }
    },
    judge: () => undefined,
  }),
  textReader({
    name: 'broken: never ends',
    sound: [() => 'a\nb'],
    read: (text) => {
      while (text.length > 0);
    },
    judge: () => undefined,
  }),
  textReader({
    name: 'broken: ends the process',
    sound: [() => 'a\nb'],
    read: () => process.exit(3),
    judge: () => undefined,
  }),
];
