import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedRanks } from '@steadyformer/translate/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, steadyformer } from '../../testing/command';
import { writeSweepConfig } from '../../testing/sweepConfig';

const folder = freshFolder('plan');
const config = (): string => join(folder(), 'config.json');
beforeEach(() => writeSweepConfig((name) => join(folder(), name)));
const output = (): string[] => ['--set', `output=${join(folder(), 'run')}`];

describe('steadyformer plan', () => {
  it('says what updates would take between ranks, and writes nothing', async () => {
    const before = await readdir(folder());
    const { code, out, error } = await steadyformer(
      'plan',
      config(),
      '--ranks',
      '6',
      '--link',
      '100kb',
      ...output(),
    );
    expect([code, error]).toEqual([0, '']);
    const [head, , ...rows] = out.slice(out.indexOf('ranks  gradient')).trim().split('\n');
    expect(head).toMatch(/^ranks +gradient, ms +exchange, ms +step, ms +update, ms +tokens\/s +efficiency /);
    expect(rows.map((each) => each.trim().split(/ +/)[0])).toEqual(['1', '2', '4', '6']);
    expect(out).toMatch(/^ranks {7}gradients added up at every update; each rank with one replica/m);
    // Batches of two sentences, and a link of 100 kb/s.
    expect(out).toMatch(/^limit +with 2 ranks, they wait longer than they compute$/m);
    expect(out).toMatch(
      /^limit +of a usual batch of 2 sentences some of 4 ranks have none: make batches larger$/m,
    );
    expect(await readdir(folder())).toEqual(before);
  });

  it('reads outer steps from the config, and is JSON where that is asked for', async () => {
    const outer = ['--set', 'outer.every=2', '--set', 'outer.precision=int8'];
    const args = ['--ranks', '2', '--link', '100Mb', '--latency', '1ms', '--json'];
    const { out } = await steadyformer('plan', config(), ...args, ...output(), ...outer);
    const [one, two] = JSON.parse(out) as [PlannedRanks, PlannedRanks];
    expect([one.ranks, two.ranks]).toEqual([1, 2]);
    const { out: whole } = await steadyformer('plan', config(), ...args, ...output());
    const [, synchronous] = JSON.parse(whole) as [PlannedRanks, PlannedRanks];
    // 4 bytes a number each way in one, 65/64 in the other at every second update.
    expect(synchronous.bytesAnUpdate / two.bytesAnUpdate).toBeCloseTo((2 * 4) / 1.015625, 6);
    // Of 2 messages of a millisecond: at every second update.
    expect(two.exchangeSeconds).toBeGreaterThan(0.001);
    expect(synchronous.exchangeSeconds).toBeGreaterThan(0.002);
  });

  it.each([
    [['--ranks', '0'], '--ranks'],
    [['--ranks', '4', '--link', '10'], 'such as 10Gb, 100Mb or 1.25GB'],
    [['--ranks', '4', '--latency', '50'], 'such as 50us, 2ms or 0.1s'],
    [['--ranks', '4', '--over', 'carrier-pigeon'], '--over'],
    [[], '--ranks'],
  ])('refuses %j', async (args, said) => {
    const { code, out, error } = await steadyformer('plan', config(), ...args);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(said);
    expect(error).toMatch(/^error: [^\n]*\n$/);
  });
});
