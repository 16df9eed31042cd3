import { readFileSync } from 'node:fs';
import { selectBackend } from '@steadyformer/core';
import { beforeAll, expect, it } from 'vitest';
import { kinds, pair } from '../../testing/models';
import { formatProfile, initialize, parseProfile, profile } from '..';

beforeAll(async () => {
  await selectBackend();
});

const authors = readFileSync(new URL('../fixtures/authors-profile.txt', import.meta.url), 'utf8');

it("reads the authors' format as they publish it", () => {
  const [encoder, decoder] = parseProfile(authors);
  expect([encoder!.length, decoder!.length]).toEqual([12, 9]);
  expect(encoder![11]).toBeCloseTo(2.173, 3);
});

it("initializes from the authors' omegas", async () => {
  const model = kinds.transformer({ depth: { encoder: 6, decoder: 3 } });
  initialize(model, parseProfile(authors));
  const values = await Promise.all(
    [model.encoder.subLayers()[11]!, model.decoder.subLayers()[8]!].map(
      async ({ subLayer }) => (await subLayer.omega!.variable.data())[15],
    ),
  );
  expect(values[0]).toBeCloseTo(2.1734628, 6);
  expect(values[1]).toBeCloseTo(2.103006, 6);
  const shallow = kinds.transformer({ depth: { encoder: 6, decoder: 2 } });
  expect(() => initialize(shallow, parseProfile(authors))).toThrow("the end of 'decoder'");
});

it('writes lines of index and value, and reads them back', async () => {
  const made = await profile(kinds.transformer(), [pair()]);
  const text = formatProfile(made);
  expect(text.split('\n')).toHaveLength(11);
  expect(text.split('\n')[4]).toMatch(/^1 1$/);
  expect(parseProfile(text)).toEqual(
    Object.values(made.stacks).map((branches) => branches.map(({ omega }) => omega)),
  );
  expect(parseProfile(text.replaceAll('\n', '\r\n'))).toEqual(parseProfile(text));
});

it.each([
  ['1 1.0\n3 2.0\n', "profile line 2: received '3 2.0', expected '2 <omega>' or '1 <omega>'"],
  ['2 1.0\n', "profile line 1: received '2 1.0', expected '1 <omega>', omega > 0"],
  ['1 1.0 0.5\n', "profile line 1: received '1 1.0 0.5'"],
  ['1 one\n', "profile line 1: received '1 one'"],
  ['1 0\n', "profile line 1: received '1 0'"],
  ['{"format":\n', 'profile line 1: received \'{"format":\''],
  ['\n', 'no line received'],
])('says where a line is wrong: %j', (text, message) => {
  expect(() => parseProfile(text)).toThrow(message);
});
