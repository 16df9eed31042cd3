import type { WatchReport } from '@steadyformer/analysis';
import { randomStream, selectBackend, sgd } from '@steadyformer/core';
import { Trainer, translationLoss } from '@steadyformer/translate';
import { findOrigin, translationReplicas, watchedLearner } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundled, common, modelOf, weights } from './team';

let entry: URL;
const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

beforeAll(async () => {
  entry = await bundled('translation');
});

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.dispose();
});

const loss = translationLoss(0.1);

describe.skipIf(skipped)('replicas that are watched', () => {
  it('train as if nobody looked on, to the bit, and reports see their weights', async () => {
    const [plain, model] = [modelOf(0.1), modelOf(0.1)];
    const alone = await translationReplicas({ model: plain, rule: sgd(), count: 2, entry });
    const inner = await translationReplicas({ model, rule: sgd(), count: 2, entry });
    const reports: WatchReport[] = [];
    const learner = watchedLearner({
      learner: inner,
      model,
      loss,
      every: 3,
      onReport: (report) => void reports.push(report),
    });
    opened.push(alone, learner);
    const [expected, watched] = [
      new Trainer({ ...common, learner: alone }),
      new Trainer({ ...common, learner }),
    ];
    for (let i = 0; i < 3; i++) expect(await watched.step()).toEqual(await expected.step());
    const tensors = tf.memory().numTensors;
    for (let i = 3; i < 7; i++) expect(await watched.step()).toEqual(await expected.step());
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await weights(model)).toEqual(await weights(plain));
    expect((await watched.state()).settings).toEqual((await expected.state()).settings);
    expect(reports.map(({ step }) => step)).toEqual([3, 6]);
    expect(reports[1]!.branches).toHaveLength(5);
    // The update of the threads, seen from here.
    for (const { ratio } of reports[1]!.updates) expect(ratio).toBeGreaterThan(0);
  });

  it('are looked into where they go wrong, the model being theirs', async () => {
    const model = modelOf();
    const learner = await translationReplicas({ model, rule: sgd(), count: 2, entry });
    opened.push(learner);
    const trainer = new Trainer({ ...common, learner });
    await trainer.step();
    const path = 'decoder.layers.0.crossAttention';
    const own = model.parameters().filter((each) => each.path.startsWith(`${path}.branch.`));
    const broken = own.filter(({ parameter }) => parameter.shape.length === 2).at(-1)!;
    const value = tf.fill([...broken.parameter.shape], Number.NaN);
    broken.parameter.assign(value);
    value.dispose();
    await expect(trainer.step()).rejects.toMatchObject({ update: 2, loss: Number.NaN, learningRate: 0.02 });
    const { update, batches, random } = trainer.next();
    expect(update).toBe(2);
    const tensors = tf.memory().numTensors;
    const found = await findOrigin(model, loss, batches, { random });
    expect(found).toMatchObject({ path, pass: 'forward', parameter: broken.path, batch: 0 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(randomStream(1).fork('training').fork(2).key).toEqual(random.key);
  });
});
