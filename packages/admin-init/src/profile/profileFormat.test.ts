import * as v from 'valibot';
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
  [null, 'profile: received null, allowed an object of format, version'],
  [{ ...made, version: 2 }, 'profile.version: received 2, allowed 1'],
  [{ ...made, rule: 'mine' }, "profile.rule: received 'mine', allowed 'reference', 'paper'"],
  [{ ...made, dropout: 0.1 }, 'profile.dropout: received 0.1, allowed true, false'],
  [{ ...made, config: 3 }, 'profile.config: received 3, allowed an object, or null'],
  [{ ...made, sed: 1 }, "profile: unknown option 'sed', did you mean 'seed'? Allowed: format, version"],
  [
    { ...made, tokens: undefined },
    'profile.tokens: received undefined, allowed an object of lists, by stack',
  ],
  [
    { ...made, tokens: { encoder: [2.5] } },
    'profile.tokens.encoder[0]: received 2.5, allowed whole numbers >= 0',
  ],
  [{ ...made, shapes: { encoder: 3 } }, 'profile.shapes.encoder: received 3, allowed a list'],
  [
    { ...made, stacks: { encoder: [] } },
    'profile.stacks.encoder: received [], allowed a list of one branch or more',
  ],
  [
    { ...made, stacks: { encoder: [branch, { ...branch, omega: 0 }] } },
    'profile.stacks.encoder[1].omega: received 0, allowed numbers > 0',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, omega: Number.NaN }] } },
    'profile.stacks.encoder[0].omega: received NaN, allowed numbers > 0',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, path: undefined }] } },
    'profile.stacks.encoder[0].path: received undefined, allowed a text',
  ],
  [
    { ...made, stacks: { encoder: [{ ...branch, branchVarianceError: -1 }] } },
    'profile.stacks.encoder[0].branchVarianceError: received -1, allowed numbers >= 0, or null',
  ],
])('names the field that is wrong: %o', (value, message) => {
  expect(() => checkProfile(value)).toThrow(message);
});

it('names what is missing, of the profile and of a branch', () => {
  const { seed: _seed, rule: _rule, ...rest } = made;
  expect(() => checkProfile(rest)).toThrow('profile: missing rule, seed');
  const { omega: _omega, ...half } = branch;
  expect(() => checkProfile({ ...made, stacks: { encoder: [half] } })).toThrow(
    'profile.stacks.encoder[0]: missing omega',
  );
});

it.each(['__proto__', 'constructor', 'toString'])('holds a stack called %s to the schema as well', (name) => {
  const json = (value: unknown) =>
    JSON.parse(
      JSON.stringify(made).replace('"encoder":[{', `"${name}":${JSON.stringify(value)},"encoder":[{`),
    ) as unknown;
  expect(() => checkProfile(json(5))).toThrow(
    `profile.stacks.${name}: received 5, allowed a list of one branch or more`,
  );
  expect(checkProfile(json([branch]))).toEqual(json([branch]));
});

it('has a schema that tells profiles from other things', () => {
  expect(v.is(profileSchema, made)).toBe(true);
  expect(v.is(profileSchema, { ...made, seed: '1' })).toBe(false);
});
