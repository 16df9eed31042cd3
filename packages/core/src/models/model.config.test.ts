import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sizes, twoEncoders, words } from '../../testing/stacks';
import { selectBackend } from '../backend/select';
import { preLN } from '../residual/methods/preLN';
import { fromConfig } from './fromConfig';
import { type ModelOptions, model, modelConfig } from './model';

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('options of a model', () => {
  const one = { depth: 1, method: preLN() };

  it.each<[string, Partial<Record<keyof ModelOptions, unknown>>, string]>([
    ['no stack', { stacks: {} }, 'Model stacks: received {}, allowed one stack or more'],
    [
      'a later stack read',
      { stacks: { a: { ...one, reads: 'b' }, b: one } },
      "unknown stack that 'a' reads, of those before it, 'b'",
    ],
    [
      'no table of that name',
      { stacks: { a: { ...one, embedding: 'wrods' } } },
      "unknown table of 'a' 'wrods', did you mean 'words'?",
    ],
    [
      'a stack that nothing reads',
      { stacks: { a: one, b: one } },
      "nothing reads the stack 'a', and it is not the last",
    ],
    ['no heads', { heads: undefined, stacks: { a: one } }, 'Model heads: received undefined'],
    [
      'an unknown option',
      { stacks: { a: { ...one, casual: true } } },
      "stack 'a': unknown option 'casual', did you mean 'causal'?",
    ],
    [
      'a causal of another kind',
      { stacks: { a: { ...one, causal: 'yes' } } },
      "Model stacks.a.causal: received 'yes', allowed true, false, 'prefix'",
    ],
    [
      'a table of a later one',
      { embeddings: { b: 'c', c: { vocabulary: 3 } }, stacks: { a: one } },
      "unknown table before 'b' 'c'",
    ],
    [
      'an output of no table',
      { output: 'word', stacks: { a: one } },
      "unknown table of the output 'word', did you mean 'words'?",
    ],
    [
      'attention that does not say what it reads',
      { stacks: { a: one, b: one, c: { ...one, reads: ['a', 'b'], block: ['crossAttention'] } } },
      "crossAttention in the block of the c, reads: received undefined, allowed 'a', 'b'",
    ],
  ])('%s is an error', (_, own, message) => {
    const options = { ...sizes, embeddings: words, ...own } as ModelOptions;
    const before = tf.memory().numTensors;
    expect(() => model(options)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is what a config says, and an unknown kind names the nearest', () => {
    const config = modelConfig(twoEncoders);
    expect(config.kind).toBe('stacks');
    expect(config.stacks.writer).toMatchObject({
      causal: true,
      reads: ['text', 'image'],
      embedding: 'written',
    });
    expect(() => fromConfig({ ...config, kind: 'stack' } as never)).toThrow("config.kind: received 'stack'");
    const stacks = { ...config.stacks, text: { ...config.stacks.text!, dpeth: 3 } };
    expect(() => fromConfig({ ...config, stacks } as never)).toThrow(
      "config.stacks.text: unknown option 'dpeth'",
    );
  });
});
