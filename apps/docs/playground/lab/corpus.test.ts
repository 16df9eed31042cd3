import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EXAMPLES, referenceOf } from '../examples';
import { openCorpus } from './corpus';

const file = (name: string): Promise<string> =>
  readFile(new URL(`../../../../corpora/emoji-names-en-de/${name}`, import.meta.url), 'utf8');

describe('the names that the page trains on', () => {
  it('are those of the repository, line by line', async () => {
    const { train, test } = openCorpus();
    const lines = async (name: string): Promise<string[]> => (await file(name)).trimEnd().split('\n');
    expect(train.map(({ source }) => source)).toEqual(await lines('train.en'));
    expect(train.map(({ target }) => target)).toEqual(await lines('train.de'));
    expect(test.at(-1)).toEqual({
      source: (await lines('test.en')).at(-1),
      target: (await lines('test.de')).at(-1),
    });
  });

  it('hold the examples of the page among those that are not trained on', () => {
    const { train, test } = openCorpus();
    for (const example of EXAMPLES) {
      expect(test).toContainEqual(example);
      expect(train.map(({ source }) => source)).not.toContain(example.source);
    }
    expect(referenceOf(` ${EXAMPLES[0]!.source}`)).toBe(EXAMPLES[0]!.target);
    expect(referenceOf('anything else')).toBeUndefined();
  });

  it('have the entropy of what the models are asked for', () => {
    const { batches, vocabulary, unigram } = openCorpus();
    const source = batches(1);
    const asked: number[] = [];
    for (let at = { epoch: 0, index: 0 }; at.epoch === 0; at = source.after(at)) {
      asked.push(...source.batchAt(at.epoch, at.index).targetOutput.filter((id) => id !== vocabulary.pad));
    }
    const counts = new Map<number, number>();
    for (const id of asked) counts.set(id, (counts.get(id) ?? 0) + 1);
    const nats = [...counts.values()].map((count) => (count / asked.length) * Math.log(asked.length / count));
    expect(unigram).toBeCloseTo(
      nats.reduce((sum, each) => sum + each, 0),
      6,
    );
  });

  it('come in batches of the seed', () => {
    const { batches, vocabulary } = openCorpus();
    const first = (seed: number): string =>
      vocabulary.decode(batches(seed).batchAt(0, 0).source.subarray(0, 40));
    expect(first(1)).toBe(first(1));
    expect(first(1)).not.toBe(first(2));
    expect(batches(1).batchAt(0, 0).source.length).toBeLessThanOrEqual(256);
  });
});
