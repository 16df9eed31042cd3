import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import {
  adam,
  admin,
  asLayer,
  decodeSafetensors,
  encoder,
  encodeSafetensors,
  FeedForward,
  type FullConfig,
  fromConfig,
  gated,
  Linear,
  languageModel,
  loadStateDict,
  Module,
  type NamedArray,
  RmsNorm,
  randomStream,
  registerModules,
  ruleFrom,
  Stack,
  scheduleFrom,
  selectBackend,
  stateDict,
  TokenEmbedding,
  transformer,
} from '../index';
import { readSafetensors, writeSafetensors } from '../node/index';
import { Replica } from '../replicas/replica';
import { shareMemory } from '../replicas/sharedMemory';

/** What every object inherits: found under no name but where something of one's own has it. */
const INHERITED = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'] as const;

/** As JSON gives it: every name is a property of its own. */
const record = <T>(name: string, value: T): Record<string, T> => Object.fromEntries([[name, value]]);

beforeAll(async () => {
  await selectBackend('cpu');
});

const tokens = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1, method: admin() };
const { config } = encoder(tokens);
const seq2seq = transformer(tokens).config;
const causal = languageModel({ ...tokens, feedForward: 8 }).config;

describe.each(INHERITED)('%s, which every object inherits,', (name) => {
  const stack = (changes: object): object => ({ ...config, encoder: { ...config.encoder, ...changes } });

  it.each<[string, (name: string) => object, string]>([
    ['a residual method', (n) => stack({ method: { name: n } }), `unknown residual method '${name}'`],
    [
      "an option of a method's",
      (n) => stack({ method: { name: 'admin', options: record(n, 1) } }),
      `admin(): unknown option '${name}'`,
    ],
    ['a module', (n) => stack({ block: [{ name: 'mine', module: n }] }), `unknown module '${name}'`],
    ['a kind of model', (n) => ({ ...config, kind: n }), `config.kind: received '${name}'`],
    ['an activation', (n) => ({ ...config, activation: n }), `activation: received '${name}'`],
    ['a kind of positions', (n) => ({ ...config, positions: { kind: n } }), `received '${name}'`],
    [
      'a layout of sinusoids',
      (n) => ({ ...config, positions: { kind: 'sinusoidal', layout: n } }),
      `received '${name}'`,
    ],
    ['positions of attention', (n) => ({ ...config, attentionPositions: n }), `received '${name}'`],
    ['a key of a config', (n) => ({ ...config, ...record(n, 1) }), `config: unknown option '${name}'`],
    ['a key of a stack', (n) => stack(record(n, 1)), `config.encoder: unknown option '${name}'`],
    [
      'a rate of dropout',
      (n) => ({ ...seq2seq, dropout: { ...seq2seq.dropout, ...record(n, 0.1) } }),
      `config.dropout: unknown option '${name}'`,
    ],
    [
      'an option of stochastic depth',
      (n) => ({ ...causal, decoder: { ...causal.decoder, stochasticDepth: { rate: 0.1, ...record(n, 1) } } }),
      `unknown option '${name}'`,
    ],
  ])('is not found as %s', (_, spoilt, message) => {
    const text = JSON.stringify(spoilt(name));
    const before = tf.memory().numTensors;
    expect(() => fromConfig(JSON.parse(text) as FullConfig)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[string, (name: never) => unknown, string]>([
    ['an update rule', (n) => ruleFrom({ name: n }), `unknown optimizer '${name}'`],
    ['a schedule', (n) => scheduleFrom({ name: n }), `unknown schedule '${name}'`],
    ['a factor', (n) => scheduleFrom([{ name: n }]), `unknown schedule '${name}'`],
    ["an option of a rule's", (n) => adam(record(n, 1)), `adam(): unknown option '${name}'`],
    ['a gate', (n) => gated(tf.zeros([1, 2]), n), `unknown gate '${name}'`],
    ['a factory', (n) => asLayer({ factory: n, config: {} }), `unknown factory '${name}'`],
    [
      'an activation of a layer',
      (n) => new FeedForward({ width: 4, hidden: 4, activation: n }, randomStream(1)),
      `received '${name}'`,
    ],
    [
      'positions of an embedding',
      (n) =>
        new TokenEmbedding({ vocabulary: 4, width: 4, padId: 0, positions: { kind: n } }, randomStream(1)),
      `received '${name}'`,
    ],
  ])('is not found as %s', (_, find, message) => {
    tf.tidy(() => {
      expect(() => find(name as never)).toThrow(message);
    });
  });

  it('is not found as a backend', async () => {
    await expect(selectBackend(name)).rejects.toThrow(`unknown backend '${name}'`);
  });

  it('may be the name of a tensor and of metadata, in memory and in a file', async () => {
    const tensors: Record<string, NamedArray> = {
      ...record(name, { shape: [2], data: Float32Array.of(1, 2) }),
      plain: { shape: [1], data: Float32Array.of(3) },
    };
    const metadata = record(name, 'text');
    const folder = mkdtempSync(join(tmpdir(), 'steadyformer-names-'));
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, tensors, metadata);
    const read = [decodeSafetensors(encodeSafetensors(tensors, metadata)), await readSafetensors(path)];
    rmSync(folder, { recursive: true });
    for (const file of read) {
      expect(Object.keys(file.tensors).sort()).toEqual([name, 'plain'].sort());
      expect(Object.entries(file.tensors).find(([key]) => key === name)?.[1].data).toEqual(
        Float32Array.of(1, 2),
      );
      expect(Object.entries(file.metadata)).toEqual([[name, 'text']]);
    }
  });

  it('may be the path of a parameter, which a state of other names does not hold', async () => {
    class Holder extends Module {
      readonly parts = record(name, new Linear({ inputs: 1, outputs: 2 }, {}, randomStream(3)));
    }
    const [holder, other] = [new Holder(), new Holder()];
    const paths = holder.parameters().map(({ path }) => path);
    expect(paths).toEqual([`parts.${name}.weight`, `parts.${name}.bias`]);
    const state = await stateDict(holder);
    const weight = Float32Array.of(7, 8);
    const changed = { ...state, [`parts.${name}.weight`]: { shape: [1, 2], data: weight } };
    loadStateDict(other, changed);
    expect((await stateDict(other))[`parts.${name}.weight`]?.data).toEqual(weight);
    const norm = new RmsNorm(2);
    expect(() => loadStateDict(norm, {})).toThrow('missing gain');
    expect(() =>
      loadStateDict(norm, {
        gain: { shape: [2], data: Float32Array.of(1, 1) },
        ...(record(name, state) as object),
      }),
    ).toThrow(`not in the model ${name}`);
    for (const each of [holder, other, norm]) each.dispose();
  });

  it('may be the name of a sub-layer and of a factory', () => {
    const random = randomStream(2);
    const branch = () => Object.assign(new RmsNorm(4), { kind: 'own' }) as never;
    const block = [
      { name, branch },
      { name: 'second', branch },
    ];
    const own = new Stack(
      { name: 'encoder', width: 4, depth: 1, method: admin({ shape: 'scalar' }), block } as never,
      random,
    );
    expect(own.subLayers().map(({ path }) => path)).toEqual([`layers.0.${name}`, 'layers.0.second']);
    const x = tf.randomNormal<tf.Rank.R3>([1, 2, 4], 0, 1, 'float32', 5);
    expect(own.call(x).shape).toEqual([1, 2, 4]);
    registerModules(record(name, () => own as never));
    const layer = asLayer({ factory: name, config: {} }) as unknown as { readonly module: Module };
    expect(layer.module).toBe(own);
    x.dispose();
    own.dispose();
  });

  it('may be what a loss counts, and is summed as a number', async () => {
    const linear = new Linear({ inputs: 2, outputs: 1 }, {}, randomStream(1));
    const parameters = linear.parameters();
    const start = { memory: shareMemory(3, 1), rank: 0, trained: [0, 1], frozen: [], data: null };
    const loss = (part: number) =>
      ({ loss: tf.sum(tf.mul(part, linear.weight.value)), ...record(name, part) }) as never;
    const undo = registerReferenceKernels();
    const replica = new Replica<number>(start, { parameters, loss });
    const work = [2, 3].map((part) => ({ part, random: randomStream(1).key }));
    const sums = await replica.answer({ kind: 'gradient', work });
    expect(Object.entries(sums).find(([key]) => key === name)).toEqual([name, 5]);
    undo();
    linear.dispose();
  });
});
