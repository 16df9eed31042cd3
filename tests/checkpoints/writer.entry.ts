// Saves checkpoints one after the other; says the number of each once its save has resolved.
import { trainBpe } from '@steadyformer/translate';
import { saveCheckpoint } from '@steadyformer/translate/node';

export interface WriterOptions {
  readonly folder: string;
  /** The first number; all numbers of a checkpoint are its own. */
  readonly from: number;
  readonly count: number;
  readonly size: number;
}

const { folder, from, count, size } = JSON.parse(process.argv[2]!) as WriterOptions;
const vocabulary = trainBpe(['a small test'], { merges: 2 });

for (let number = from; number < from + count; number++) {
  await saveCheckpoint(folder, {
    config: { vocabulary: vocabulary.size, number } as never,
    vocabulary,
    parameters: { w: { shape: [size], data: new Float32Array(size).fill(number) } },
    training: {
      rule: { name: 'radam' },
      position: { epoch: 0, index: number },
      optimizer: {
        updates: number,
        m: new Float32Array(size).fill(number),
        v: new Float32Array(size).fill(number),
      },
    },
  });
  process.stdout.write(`${number}\n`);
}
