import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WORDS = ['a', 'small', 'red', 'house', 'big', 'blue', 'tree', 'old'];

/** Sentences, of which every translation is the words in the other order. */
export const SENTENCES: readonly string[] = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 2 + (i % 5) }, (_, j) => WORDS[(i * 3 + j * j + i * j) % 8]).join(' '),
);

/** Writes the sentences, by default to text.txt, and turned.txt. */
export const writeTurned = async (
  folder: string,
  sentences: readonly string[],
  name = 'text.txt',
): Promise<void> => {
  const turned = sentences.map((line) => line.split(' ').reverse().join(' ').toUpperCase());
  await writeFile(join(folder, name), `${sentences.join('\n')}\n`);
  await writeFile(join(folder, 'turned.txt'), `${turned.join('\n')}\n`);
};

/** Six updates of a moment, for processes that train together. No dropout: its bits depend on who draws them. */
export const CONFIG = `
data: { train: { source: text.txt, target: turned.txt }, holdOut: { valid: 6, test: 0 } }
output: run
backend: cpu
vocabulary: { merges: 4 }
model: { width: 8, heads: 2, depth: 1, dropout: { residual: 0, attention: 0, activation: 0 } }
batches: { maxTokens: 150 }
training: { updates: 6 }
optimizer: { peak: 0.01, schedule: { name: inverseSqrt, warmup: 3 } }
validation: { every: 0, bleu: false }
checkpoints: { every: 2 }
log: { every: 1 }
replicas: 1
`;
