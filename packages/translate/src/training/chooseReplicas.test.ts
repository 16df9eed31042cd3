import { expect, it } from 'vitest';
import { packTokens } from '../data/encodeCorpus';
import { TextBatches } from '../data/textBatches';
import { chooseReplicas } from './chooseReplicas';

const batches = new TextBatches(packTokens([[4, 5, 6]]));
const learnerOf = (): never => {
  throw new Error('a learner was made');
};
const good = { batches, learnerOf, counts: [1, 2] };

it('is what alone was asked for, without a measurement', async () => {
  expect(await chooseReplicas({ ...good, counts: [1, 1] })).toEqual({
    count: 1,
    measured: [],
    reason: '1 replica: nothing else was asked for',
  });
});

it.each<readonly [string, unknown]>([
  ["chooseReplicas(): unknown option 'count', did you mean 'counts'?", { ...good, count: 2 }],
  ['chooseReplicas() counts: received [], allowed at least one number', { ...good, counts: [] }],
  ['chooseReplicas() counts: received [0], allowed a list of whole numbers >= 1', { ...good, counts: [0] }],
  ['chooseReplicas() learnerOf: received 2, allowed a function of the number', { ...good, learnerOf: 2 }],
  ['chooseReplicas() batches: received [], allowed what has batchAt() and after()', { ...good, batches: [] }],
  ['chooseReplicas() updates: received 0, allowed whole numbers >= 1', { ...good, updates: 0 }],
  ['chooseReplicas() signal: received', { ...good, signal: {} }],
])('%s', async (message, options) => {
  await expect(chooseReplicas(options as never)).rejects.toThrow(message);
});
