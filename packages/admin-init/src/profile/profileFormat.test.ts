import { expect, it } from 'vitest';
import { checkProfile, type Profile, profileSchema } from '..';

const branch = {
  path: 'encoder.layers.0.selfAttention',
  branchVariance: 0.2,
  branchVarianceError: null,
  inputVariance: 1.4,
  omega: 1,
};

const made: Profile = {
  format: 'steadyformer-profile',
  version: 1,
  rule: 'reference',
  pads: 'masked',
  dropout: true,
  seed: 1,
  config: null,
  shapes: { encoder: [[4, 6, 16]] },
  tokens: { encoder: [20] },
  stacks: { encoder: [branch] },
};

it('accepts a profile', () => {
  expect(checkProfile(made)).toBe(made);
});

it.each([
  [null, 'profile: received null, allowed object'],
  [{ ...made, version: 2 }, 'profile.version: received 2, allowed 1'],
  [{ ...made, rule: 'mine' }, "profile.rule: received 'mine', allowed 'reference', 'paper'"],
  [{ ...made, dropout: 0.1 }, 'profile.dropout: received 0.1, allowed boolean'],
  [{ ...made, config: 3 }, 'profile.config: received 3, allowed object or null'],
  [{ ...made, sed: 1 }, "key of profile: received 'sed', allowed format, version"],
  [{ ...made, sed: 1 }, "Did you mean 'seed'?"],
  [{ ...made, tokens: undefined }, 'profile.tokens: received undefined, allowed object'],
  [{ ...made, tokens: { encoder: [2.5] } }, 'profile.tokens.encoder[0]: received 2.5, allowed integer >= 0'],
  [{ ...made, shapes: { encoder: 3 } }, 'profile.shapes.encoder: received 3, allowed array'],
  [{ ...made, stacks: { encoder: [] } }, 'profile.stacks.encoder: received [], allowed array of 1 or more'],
  [
    { ...made, stacks: { encoder: [branch, { ...branch, omega: 0 }] } },
    'profile.stacks.encoder[1].omega: received 0, allowed number > 0',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, omega: Number.NaN }] } },
    'profile.stacks.encoder[0].omega: received NaN, allowed number > 0',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, path: undefined }] } },
    'profile.stacks.encoder[0].path: received undefined, allowed string',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, branchVarianceError: -1 }] } },
    'profile.stacks.encoder[0].branchVarianceError: received -1, allowed number or null >= 0',
  ],
])('names the field that is wrong: %o', (value, message) => {
  expect(() => checkProfile(value)).toThrow(message);
});

it('names a field that is missing', () => {
  const { seed: _seed, ...rest } = made;
  expect(() => checkProfile(rest)).toThrow('profile.seed: received undefined, allowed number');
});

it('has a schema that is JSON', () => {
  expect(JSON.parse(JSON.stringify(profileSchema))).toEqual(profileSchema);
  expect(profileSchema.required).toEqual(Object.keys(made));
});
