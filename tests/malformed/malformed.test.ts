import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type OutcomeKind, runCase } from './outcome';
import { readersOf } from './readers';
import { countsOf, report, table } from './report';
import { bundle, folder, type Result, runAll } from './run';

const long = process.env.STEADYFORMER_LONG === '1';
const CASES = long ? 12_000 : 2_400;
/** Of every reader. */
const LEAST = long ? 50 : 10;
const SEED = Number(process.env.STEADYFORMER_SEED ?? 1);
const readers = readersOf('all');

let script = '';
beforeAll(async () => {
  script = await bundle();
});

const ofKind = (results: readonly Result[], kind: OutcomeKind) =>
  results.filter((each) => each.kind === kind);

const again = process.env.STEADYFORMER_CASE?.split('|');
describe.runIf(again)('one case again', () => {
  it('is clear or fine', async () => {
    const [seed, name, index] = again ?? [];
    const reader = readers.find((each) => each.name === name);
    if (!reader) throw new Error(`no reader is called '${name}'`);
    const outcome = await runCase(reader, Number(seed), Number(index));
    console.log(outcome);
    expect(['clear', 'fine']).toContain(outcome.kind);
  });
});

describe.skipIf(again)(`${CASES} malformed inputs`, () => {
  let results: Result[] = [];
  beforeAll(async () => {
    const counts = countsOf(readers, CASES);
    results = await runAll({ script, set: 'all', seed: SEED, counts, limitSeconds: 20 });
    writeFileSync(`${folder}/cases.json`, JSON.stringify(results, null, 1));
    console.log(table(results));
  }, 1_800_000);

  it.each(['raw', 'wrong', 'slow'] as const)('none is %s', (kind) => {
    const found = ofKind(results, kind);
    expect(found.length, report(found, SEED)).toBe(0);
  });

  it('stand beside a sound one for each reader, which is read', () => {
    const refused = results.filter(({ index, kind }) => index === 0 && kind !== 'fine');
    expect(refused.length, report(refused, SEED)).toBe(0);
  });

  it('are that many, some for every reader, and most of them really malformed', () => {
    expect(results.length).toBeGreaterThanOrEqual(CASES);
    for (const { name } of readers) {
      const own = results.filter(({ reader }) => reader === name);
      expect(own.length, name).toBeGreaterThanOrEqual(LEAST);
    }
    expect(ofKind(results, 'clear').length).toBeGreaterThan(results.length / 2);
  });
});

describe.skipIf(again)('faults are seen:', () => {
  let results: Result[] = [];
  beforeAll(async () => {
    const counts = new Map(readersOf('broken').map(({ name }) => [name, 40]));
    for (const name of ['broken: never ends', 'broken: ends the process']) counts.set(name, 2);
    results = await runAll({ script, set: 'broken', seed: 1, counts, limitSeconds: 1 });
    // A fault that ends its process costs the start of another.
  }, 240_000);

  it.each([
    ['raw TypeError', 'raw', 'TypeError'],
    ['accepts anything', 'wrong', 'outside what is allowed'],
    ['loses damage', 'wrong', 'something else'],
    ['quotes everything', 'raw', 'characters'],
    ['leaves tensors', 'wrong', '1 tensors left behind'],
    ['pollutes', 'wrong', 'Object.prototype has polluted'],
    ['never ends', 'slow', 'not done after 1 s'],
    ['ends the process', 'slow', 'the process died'],
  ] as const)('%s is %s', (name, kind, detail) => {
    const own = results.filter(({ reader }) => reader === `broken: ${name}`);
    expect(ofKind(own, kind).map((each) => each.detail)).toContainEqual(expect.stringContaining(detail));
  });
});
