import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { EOS, randomTable, TableDecoder, trap } from './fixtures/tableDecoder';
import { sampleSearch } from './sampling';

describe('sampleSearch', () => {
  /** How often each first token is drawn by `rows` rows. */
  const shares = async (probabilities: number[], own: object, rows = 4000): Promise<number[]> => {
    const drawn = await sampleSearch(new TableDecoder(rows, () => probabilities), {
      ...{ eos: EOS, maxLength: 1, random: randomStream(3) },
      ...own,
    });
    const counts = probabilities.map(() => 0);
    for (const { ids } of drawn) counts[ids[0] ?? EOS]!++;
    return counts.map((count) => count / rows);
  };
  const expectShares = (received: number[], expected: number[]): void => {
    // Four standard deviations of a share of 4,000 draws.
    for (const [i, p] of expected.entries()) {
      expect(Math.abs(received[i]! - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / 4000));
    }
  };

  it('draws tokens as often as they are likely, by temperature and among the likeliest', async () => {
    const p = [0.1, 0.2, 0.3, 0.4];
    expectShares(await shares(p, {}), p);
    expectShares(await shares(p, { temperature: 0.5 }), [1 / 30, 4 / 30, 9 / 30, 16 / 30]);
    expectShares(await shares(p, { topK: 2 }), [0, 0, 3 / 7, 4 / 7]);
    expectShares(await shares(p, { topK: 1 }), [0, 0, 0, 1]);
    expectShares(await shares(p, { forbidden: [3] }), [1 / 6, 2 / 6, 3 / 6, 0]);
    expectShares(await shares([0.5, 0, 0.5, 0], { temperature: 100 }), [0.5, 0, 0.5, 0]);
  });

  it('scores at temperature 1, and repeats from its seed', async () => {
    const draw = async (seed: number, rows = 1) =>
      sampleSearch(randomTable(1, rows), { eos: EOS, random: randomStream(seed), temperature: 2 });
    const [one] = await draw(5);
    expect((await draw(5))[0]).toEqual(one);
    // A row's draws are its own, whoever is beside it.
    expect((await draw(5, 3))[0]).toEqual(one);
    const table = randomTable(1);
    let [sum, last] = [0, EOS];
    for (const id of [...one!.ids, EOS]) {
      sum += (await table.step(Int32Array.of(last)))[id]!;
      last = id;
    }
    expect(one!.logProbability).toBe(sum);
    const texts = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (seed) => (await draw(seed))[0]!.ids.join()),
    );
    expect(new Set(texts).size).toBeGreaterThan(2);
  });

  it.each([{ temperature: 0 }, { temperature: Number.NaN }, { topK: 0 }])('refuses %o', async (wrong) => {
    const decoder = new TableDecoder(1, trap);
    const options = { eos: EOS, random: randomStream(1), ...wrong };
    await expect(sampleSearch(decoder, options)).rejects.toThrow(
      /^sampleSearch\(\) (temperature|topK): received/,
    );
    expect(decoder.disposed).toBe(1);
  });
});
