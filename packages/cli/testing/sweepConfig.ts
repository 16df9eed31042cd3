import { writeFile } from 'node:fs/promises';

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const lines = (end: string): string =>
  Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 2 + (i % 4) }, (_, j) => `${WORDS[(3 * i + (i >> 2) + 5 * j) % 10]}${end}`).join(
      ' ',
    ),
  ).join('\n');

/** Writes a text and a config of runs that take a moment: `config.json`, 4 updates on the backend cpu. */
export const writeSweepConfig = async (at: (name: string) => string): Promise<void> => {
  await writeFile(at('s.txt'), `${lines('')}\n`);
  await writeFile(at('t.txt'), `${lines('e')}\n`);
  const files = { source: at('s.txt'), target: at('t.txt') };
  const config = {
    backend: 'cpu',
    replicas: 1,
    data: { train: files, valid: files, filter: { apply: false } },
    vocabulary: { merges: 10 },
    batches: { maxTokens: 60 },
    model: {
      width: 8,
      heads: 2,
      depth: 1,
      feedForward: 8,
      dropout: { residual: 0, attention: 0, activation: 0 },
    },
    optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
    training: { updates: 4 },
    validation: { every: 2 },
    checkpoints: { every: 2 },
    watch: { every: 0 },
    log: { tensorBoard: false },
  };
  await writeFile(at('config.json'), JSON.stringify(config));
};
