import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { trainBpe } from '@steadyformer/translate';
import { readVocabulary } from '@steadyformer/translate/node';
import { inFolder } from '../folder';
import { jsonTextReader, type Reader } from '../reader';

const lines = ['a small test of text', 'ein kleiner Test, mit Text'];
const raw = trainBpe(lines, { merges: 12 });
const words = trainBpe(lines, { merges: 5, preTokenizer: 'whitespace' });

export const vocabularies: readonly Reader[] = [
  jsonTextReader({
    name: 'translate/node: readVocabulary',
    sound: [
      () => JSON.stringify(raw),
      () => JSON.stringify(words),
      () => JSON.stringify({ source: raw, target: words }),
    ],
    read: (content) =>
      inFolder((folder) => {
        const path = join(folder, 'vocabulary.json');
        writeFileSync(path, content);
        return readVocabulary(path);
      }),
    // What is read is what stands there.
    judge: (found, text) =>
      isDeepStrictEqual(JSON.parse(JSON.stringify(found)), JSON.parse(text))
        ? undefined
        : 'read as something else than stands there',
  }),
];
