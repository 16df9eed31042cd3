import { beforeAll } from 'vitest';
import { call, refuses } from '../../testing/mistakes';
import * as core from '../index';

// The mistakes of a first hour, as JavaScript or a cast lets them through.

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };
const { admin, postLN, transformer, encoder, languageModel } = core;

beforeAll(async () => {
  await core.selectBackend('cpu');
});

refuses('a first mistake with an option', [
  ['no options', () => call(transformer), 'Transformer: received undefined, allowed an object of'],
  [
    'a number for rates',
    () => call(transformer, { ...sizes, method: admin(), dropout: 0.1 }),
    'Transformer dropout: received 0.1, allowed an object of rates. Write {"residual":0.1}',
  ],
  [
    'null for rates',
    () => call(encoder, { ...sizes, method: admin(), dropout: null }),
    'Encoder dropout: received null, allowed an object',
  ],
  [
    'a rate as text',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: '0.1' } }),
    "Encoder dropout.residual: received '0.1', allowed numbers in [0, 1)",
  ],
  [
    'a rate of null',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: null } }),
    'received null, allowed numbers in [0, 1)',
  ],
  [
    'a rate that drops all',
    () => call(encoder, { ...sizes, method: admin(), dropout: { residual: 0.999999 } }),
    'received 0.999999, allowed numbers in [0, 1)',
  ],
  [
    'a method by name',
    () => call(transformer, { ...sizes, method: 'admin' }),
    "method of the encoder: received 'admin', allowed a residual method, such as admin() or postLN(). Import admin and pass admin().",
  ],
  [
    'a method by a wrong name',
    () => call(languageModel, { ...sizes, method: 'admn' }),
    'Import admin and pass admin().',
  ],
  [
    'a method by a name that is near none',
    () => call(transformer, { ...sizes, method: { encoder: 'x', decoder: admin() } }),
    "method of the encoder: received 'x', allowed a residual method, such as admin() or postLN(). Import admin and pass admin().",
  ],
  [
    'a method by a name of other letters',
    () => call(encoder, { ...sizes, method: 'Pre-LN' }),
    'Import preLN and pass preLN().',
  ],
  [
    'a method not called',
    () => call(encoder, { ...sizes, method: postLN }),
    'method of the encoder: received the function postLN, allowed a residual method, such as admin() or postLN(). Call it: postLN().',
  ],
  ['no method', () => call(encoder, sizes), 'method of the encoder: received undefined'],
  [
    'a method as JSON',
    () => call(encoder, { ...sizes, method: { name: 'admin', options: {} } }),
    'method of the encoder: received {"name":"admin","options":{}}',
  ],
  [
    'a method of one stack',
    () => call(transformer, { ...sizes, method: { encoder: admin() } }),
    'method of the decoder: received undefined',
  ],
  [
    'a depth as text',
    () => call(encoder, { ...sizes, method: admin(), depth: '6' }),
    "Encoder encoder.depth: received '6', allowed whole numbers >= 1",
  ],
  [
    'positions by name',
    () => call(encoder, { ...sizes, method: admin(), positions: 'none' }),
    "Encoder positions: received 'none', allowed an object such as { kind: 'none' }",
  ],
  [
    'attention positions of null',
    () => call(encoder, { ...sizes, method: admin(), attentionPositions: null }),
    'self-attention positions: received null',
  ],
  [
    'a rate for stochastic depth',
    () => call(encoder, { ...sizes, method: admin(), stochasticDepth: 0.1 }),
    'encoder stochasticDepth: received 0.1, allowed an object of rate, rule',
  ],
  [
    'a flag as text',
    () => call(languageModel, { ...sizes, method: admin(), tiedEmbeddings: 'false' }),
    "LanguageModel tiedEmbeddings: received 'false', allowed true, false",
  ],
  [
    'a flag as text',
    () => call(transformer, { ...sizes, method: admin(), tiedEmbeddings: 'false' }),
    "tiedEmbeddings: received 'false', allowed true, false, 'decoder'",
  ],
  [
    'a flag of a method',
    () => call(core.adminConstant, { trainable: 'yes' }),
    "adminConstant() trainable: received 'yes', allowed true, false",
  ],
  [
    'text for a block',
    () => call(encoder, { ...sizes, method: admin(), block: 'feedForward' }),
    "block of the encoder: received 'feedForward', allowed names or",
  ],
  [
    'a class for a sub-layer',
    () => call(encoder, { ...sizes, method: admin(), block: [core.FeedForward] }),
    'block of the encoder: received the function FeedForward',
  ],
  [
    'a name that reads as a number',
    () =>
      call(encoder, {
        ...sizes,
        method: admin(),
        block: ['feedForward', { name: '0', module: 'selfAttention' }],
      }),
    "block of the encoder.name: received '0'",
  ],
  [
    'a prototype’s name for a module',
    () => call(encoder, { ...sizes, method: admin(), block: ['constructor'] }),
    "unknown module 'constructor', did you mean",
  ],
  ['no list of shared options', () => call(core.encoderBlock), 'encoderBlock(): received undefined'],
  [
    'a seed as text',
    () => call(encoder, { ...sizes, method: admin() }, 'one'),
    "seed: received 'one', allowed finite numbers",
  ],
  [
    'a pad beyond the vocabulary',
    () => call(encoder, { ...sizes, padId: 9, method: admin() }),
    'TokenEmbedding padId: received 9, allowed ids below the vocabulary of 9',
  ],
  [
    'heads that do not divide',
    () => call(encoder, { ...sizes, heads: 3, method: admin() }),
    'self-attention heads: received 3',
  ],
  [
    'a module that is no function',
    () => call(encoder, { ...sizes, method: admin(), block: ['mix'] }, 1, { mix: {} }),
    'modules.mix: received {}, allowed (options) => (site) => branch',
  ],
  [
    'a module that makes no branch',
    () =>
      call(encoder, { ...sizes, method: admin(), block: ['mix'] }, 1, { mix: () => () => core.FeedForward }),
    'branch of mix: received the function FeedForward',
  ],
  ['no config', () => call(core.fromConfig, null), 'config: received null, allowed an object'],
  ['a config as text', () => call(core.fromConfig, '{}'), "config: received '{}'"],
  [
    'a prototype’s name for a method',
    () => call(core.methodFrom, { name: 'constructor' }),
    "unknown residual method 'constructor'",
  ],
  [
    'a method’s name alone',
    () => call(core.methodFrom, 'admin'),
    "method: received 'admin', allowed an object of name, options",
  ],
  [
    'a prototype’s name for a rule',
    () => call(core.ruleFrom, { name: 'toString' }),
    "unknown optimizer 'toString'",
  ],
]);
