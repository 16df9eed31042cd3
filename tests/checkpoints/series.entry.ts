// Goes on with a series from its latest checkpoint, until it is killed; says the updates of each save that resolved.
import { trainBpe } from '@steadyformer/translate';
import { CheckpointSeries } from '@steadyformer/translate/node';

const [, , folder, size] = process.argv as [string, string, string, string];
const vocabulary = trainBpe(['a small test'], { merges: 2 });
const series = new CheckpointSeries(folder, { keep: 2, keepEvery: 10 });
const latest = await series.latest();
const from = latest?.checkpoint.training?.optimizer.updates ?? 0;
const filled = (value: number): Float32Array => new Float32Array(Number(size)).fill(value);

for (let updates = from + 1; ; updates++) {
  const checkpoint = {
    config: { vocabulary: vocabulary.size } as never,
    vocabulary,
    parameters: { w: { shape: [Number(size)], data: filled(updates) } },
    training: {
      rule: { name: 'radam' },
      position: { epoch: 0, index: updates },
      optimizer: { updates, m: filled(updates), v: filled(updates) },
    },
  };
  // Better by one every second time.
  await series.save(checkpoint, { metric: updates % 2 === 0 ? -updates : 0 });
  process.stdout.write(`${updates}\n`);
}
