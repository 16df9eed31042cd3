import {
  admin,
  adminConstant,
  constantOmega,
  type ResidualMethod,
  type Stacked,
  selectBackend,
} from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { anyKind, batchFor, kindNames, kinds, pair } from '../../testing/models';
import { adminInit, initialize, type Profile, profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

/** Every entry of every omega, by stack and branch. */
const omegasOf = async <Batch>(model: Stacked<Batch>): Promise<Record<string, number[][]>> => {
  const entries = Object.entries(model.stacks()).map(async ([name, stack]) => {
    const values = stack
      .subLayers()
      .map(async ({ subLayer }) => [...(await subLayer.omega!.variable.data())]);
    return [name, await Promise.all(values)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
};

describe('initialize', () => {
  it.each(kindNames)('sets every omega of a %s, vector or scalar', async (kind) => {
    const forms: [ResidualMethod, number][] = [
      [admin(), 16],
      [admin({ shape: 'scalar' }), 1],
      [adminConstant({ trainable: true }), 16],
    ];
    for (const [method, size] of forms) {
      const model = kinds[kind]({ method });
      const made = await adminInit(anyKind(model), [batchFor(model)]);
      const found = await omegasOf(anyKind(model));
      for (const [name, branches] of Object.entries(made.stacks)) {
        for (const [i, { omega }] of branches.entries()) {
          expect(found[name]![i]).toEqual(new Array(size).fill(Math.fround(omega)));
        }
      }
    }
  });

  it('has nothing to set where omega is constant', async () => {
    const model = kinds.encoder({ method: adminConstant() });
    const made = await profile(anyKind(model), [batchFor(model)]);
    expect(() => initialize(model, made)).toThrow(
      `encoder.layers.0.selfAttention has the constant shortcut scale ${constantOmega(4)}, which a profile cannot set`,
    );
  });

  it('takes lists of omegas, such as one constant', async () => {
    const model = kinds.transformer();
    const lists = [4, 6].map((branches) => new Array<number>(branches).fill(constantOmega(branches)));
    initialize(model, lists);
    const { encoder, decoder } = await omegasOf(model);
    expect(encoder![3]![0]).toBeCloseTo(constantOmega(4), 6);
    expect(decoder![5]![15]).toBeCloseTo(constantOmega(6), 6);
  });
});

describe('a profile of another architecture', () => {
  const made = async (depth: { encoder: number; decoder: number }): Promise<Profile> =>
    profile(kinds.transformer({ depth }), [pair()]);

  it.each([
    [
      { encoder: 3, decoder: 2 },
      "it has encoder.layers.2.selfAttention where the model has the end of 'encoder'",
    ],
    [
      { encoder: 2, decoder: 3 },
      "it has decoder.layers.2.selfAttention where the model has the end of 'decoder'",
    ],
    [{ encoder: 1, decoder: 2 }, 'it has nothing more where the model has encoder.layers.1.selfAttention'],
    [{ encoder: 2, decoder: 1 }, 'it has nothing more where the model has decoder.layers.1.selfAttention'],
  ])('is refused with the first path that differs (%o)', async (depth, message) => {
    const model = kinds.transformer({ depth: 2 });
    const other = await made(depth);
    expect(() => initialize(model, other)).toThrow(message);
    const { encoder, decoder } = await omegasOf(model);
    expect([...encoder!, ...decoder!].flat().every((x) => x === 1)).toBe(true);
    // Only where asked, and only a deeper one.
    const deeper = !message.includes('nothing more');
    if (deeper) initialize(model, other, { prefix: true });
    else expect(() => initialize(model, other, { prefix: true })).toThrow(message);
    const [first] = (await omegasOf(model)).encoder![1]!;
    expect(first === 1).toBe(!deeper);
  });

  it('is refused where it has a stack more, or less', async () => {
    const [both, encoderOnly] = [
      await made({ encoder: 2, decoder: 2 }),
      await profile(kinds.encoder(), [pair().source]),
    ];
    expect(() => initialize(kinds.encoder(), both)).toThrow(
      'it has decoder.layers.0.selfAttention where the model has no more stacks',
    );
    initialize(kinds.encoder(), both, { prefix: true });
    expect(() => initialize(kinds.transformer(), encoderOnly)).toThrow(
      'it has nothing more where the model has decoder.layers.0.selfAttention',
    );
    expect(() => initialize(kinds.languageModel(), both, { prefix: true })).toThrow(
      'it has decoder.layers.0.crossAttention where the model has decoder.layers.0.feedForward',
    );
  });

  it('is refused as lists as well', () => {
    const model = kinds.encoder();
    expect(() => initialize(model, [[1, 2, 3]])).toThrow(
      'it has nothing more where the model has encoder.layers.1.feedForward',
    );
    expect(() => initialize(model, [[1, 2, 3, 4, 5]])).toThrow(
      "it has omega 5 where the model has the end of 'encoder'",
    );
    expect(() => initialize(model, [[1, 2, 3, 4], [7]])).toThrow(
      'it has omega 7 where the model has no more stacks',
    );
    expect(() => initialize(model, [[1, 2, 0, 4]])).toThrow(
      'omega 3 of list 1: received 0, allowed numbers > 0',
    );
  });
});

it('initialize refuses a malformed profile, naming the field', async () => {
  const model = kinds.encoder();
  const made = await profile(model, [pair().source]);
  const [first] = made.stacks.encoder!;
  const wrong = { ...made, stacks: { encoder: [{ ...first!, omega: '1' as unknown as number }] } };
  expect(() => initialize(model, wrong)).toThrow(
    "profile.stacks.encoder[0].omega: received '1', allowed numbers > 0",
  );
});
