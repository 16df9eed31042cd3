import { admin, encoder, postLN, SteadyformerError, selectBackend, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as init from '../index';

// The mistakes of a first hour, as JavaScript or a cast lets them through: each one clear error, and no tensor left.

const { adminInit, initialize, profile } = init;

type Call = (...args: never[]) => unknown;
const call = async (f: unknown, ...args: readonly unknown[]): Promise<unknown> =>
  (f as Call)(...(args as never[]));

const sizes = { vocabulary: 20, padId: 1, width: 8, heads: 2, depth: 1, method: admin() };
const ids = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

let model: ReturnType<typeof encoder>;
let pairs: ReturnType<typeof transformer>;
let batch: tf.Tensor2D;
let pads: tf.Tensor2D;
let none: tf.Tensor2D;
let stream: tf.Tensor3D;

beforeAll(async () => {
  await selectBackend('wasm');
  model = encoder(sizes);
  pairs = transformer(sizes);
  batch = ids([4, 5, 6]);
  pads = ids([1, 1, 1], [1, 1, 1]);
  none = tf.zeros([0, 3], 'int32');
  stream = tf.zeros([0, 3, 8]);
});

const CASES: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'adminInit()',
    () => call(adminInit),
    'profile() model: received undefined, allowed a model, such as transformer(...)',
  ],
  [
    'adminInit(model)',
    () => call(adminInit, model),
    'profile() batches: received undefined, allowed a list of batches. Put one batch in a list: [batch].',
  ],
  [
    'adminInit(model, batch)',
    () => call(adminInit, model, batch),
    'profile() batches: received int32 of shape [1, 3], allowed a list of batches',
  ],
  [
    'adminInit(model, a pair)',
    () => call(adminInit, pairs, { source: batch, target: batch }),
    'profile() batches: received {"source":int32 of shape [1, 3]',
  ],
  ['adminInit(model, text)', () => call(adminInit, model, 'batch'), "profile() batches: received 'batch'"],
  [
    'adminInit(function)',
    () => call(adminInit, encoder, [batch]),
    'profile() model: received the function encoder',
  ],
  ['adminInit(stack)', () => call(adminInit, model.encoder, [batch]), 'Give asStacked(stack).'],
  [
    'adminInit of arrays',
    () => call(adminInit, model, [[[4, 5, 6]]]),
    'received [[4, 5, 6]], expected int32 [batch, time]',
  ],
  [
    'adminInit of arrays in pairs',
    () => call(adminInit, pairs, [{ source: [[4]], target: [[4]] }]),
    'batch.source: received [[4]]',
  ],
  ['adminInit of null', () => call(adminInit, pairs, [null]), 'batch of a Transformer: received null'],
  ['adminInit of no batch', () => call(adminInit, model, []), 'profile(): no batch received'],
  [
    'adminInit of no sentence',
    () => call(adminInit, model, [none]),
    'received int32 of shape [0, 3], expected int32 [batch, time], no axis empty',
  ],
  [
    'adminInit of an empty stream',
    () => call(adminInit, model, [stream]),
    'received float32 of shape [0, 3, 8]',
  ],
  [
    'adminInit of pads',
    () => call(adminInit, model, [batch, pads]),
    'profile(): batch 2 holds nothing but pads for the encoder, whose variances would be of no token; leave it out, or check padId.',
  ],
  [
    'adminInit of a target of pads',
    () => call(adminInit, pairs, [{ source: batch, target: pads }]),
    'profile(): batch 1 holds nothing but pads for the decoder',
  ],
  [
    'profile with a flag of text',
    () => call(profile, model, [batch], { dropout: 'no' }),
    "profile() dropout: received 'no', allowed true, false",
  ],
  ['profile with a seed of text', () => call(profile, model, [batch], { seed: '1' }), "seed: received '1'"],
  [
    'profile with options of text',
    () => call(profile, model, [batch], 'paper'),
    "profile(): received 'paper', allowed an object of rule, pads, dropout, seed",
  ],
  [
    'profile of another method',
    () => call(profile, encoder({ ...sizes, method: postLN() }), [batch]),
    'build the stack with admin()',
  ],
  [
    'initialize(model)',
    () => call(initialize, model),
    'profile: received undefined, allowed an object of format, version',
  ],
  [
    'initialize with a flat list',
    () => call(initialize, model, [1, 1.3]),
    'initialize(): list 1: received 1, allowed lists of omegas, one a stack',
  ],
  [
    'initialize with texts',
    () => call(initialize, model, [['1', '1.3']]),
    "initialize(): omega 1 of list 1: received '1', allowed numbers > 0",
  ],
  [
    'initialize with a list too many',
    () => call(initialize, model, [[1, 1.3], []]),
    'it has an empty list where the model has no more stacks',
  ],
  ['initialize(profile)', () => call(initialize, {}), 'initialize() model: received {}'],
  [
    'checkProfile of a prototype’s name',
    () => call(init.checkProfile, JSON.parse('{"__proto__": {}}')),
    "profile: unknown option '__proto__'",
  ],
  ['foldStacks(null)', () => call(init.foldStacks, null), 'foldStacks() model: received null'],
  ['reparameterize()', () => call(init.reparameterize), 'reparameterize() model: received undefined'],
  [
    'outputDifference(model)',
    () => call(init.outputDifference, model),
    'outputDifference() model: received undefined',
  ],
  [
    'formatProfile(text)',
    () => call(init.formatProfile, '1 1.0'),
    "formatProfile(): received '1 1.0', allowed a profile",
  ],
  [
    'parseProfile()',
    () => call(init.parseProfile),
    "parseProfile(): received undefined, allowed the text of an authors' file",
  ],
  ['parseProfile of a long line', () => call(init.parseProfile, 'x'.repeat(1e6)), '... (1000000 characters)'],
];

describe('a first mistake', () => {
  it.each(CASES.map(([name, f, message]) => ({ name, f, message })))(
    '$name',
    async ({ name, f, message }) => {
      const before = tf.memory().numTensors;
      const error = await f().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(SteadyformerError);
      expect((error as Error).message).toContain(message);
      expect((error as Error).message.length).toBeLessThan(1000);
      // The model of another method is the test's own.
      if (name !== 'profile of another method') expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('leaves every omega as it was', async () => {
    const before = [...model.encoder.subLayers()[1]!.subLayer.omega!.value.dataSync()];
    await expect(adminInit(model, [batch, pads])).rejects.toThrow('nothing but pads');
    expect([...model.encoder.subLayers()[1]!.subLayer.omega!.value.dataSync()]).toEqual(before);
  });
});

it('a key of a profile that only a prototype has is unknown', async () => {
  const made = await profile(model, [batch]);
  const spoilt = { ...made, constructor: 1 };
  expect(() => init.checkProfile(spoilt)).toThrow("profile: unknown option 'constructor'");
  expect(() => init.checkProfile(JSON.parse(JSON.stringify(made).replace('{', '{"__proto__": 1,')))).toThrow(
    "profile: unknown option '__proto__'",
  );
  expect(init.checkProfile(made)).toBe(made);
});

it('pads may count as tokens', async () => {
  const { tokens } = await profile(model, [pads], { pads: 'counted' });
  expect(tokens.encoder).toEqual([0]);
});
