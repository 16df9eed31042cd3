import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { sampleConfig } from '@steadyformer/translate/node';
import { loadConfig } from 'steadyformer';
import { inFolder } from '../folder';
import { bytesReader, jsonTextReader, type Reader, textReader } from '../reader';

const values = {
  data: { train: { source: 'a.en', target: 'b.de' }, holdOut: { valid: 0.1 } },
  model: { method: { encoder: 'admin', decoder: 'preLN' }, depth: { encoder: 12, decoder: 6 } },
  optimizer: {
    peak: 1e-3,
    schedule: { name: 'inverseSqrt', warmup: 10 },
    groups: [{ select: '*', weightDecay: 0 }],
  },
};

const written = sampleConfig(values);
const short = `
kind: languageModel  # short
data: { train: text.txt }
"model": { width: 8, depth: 0x2 }
average: &a { decay: 0.9 }
log: { every: 1 }
`;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const load = (content: string | Uint8Array): Promise<unknown> =>
  inFolder((folder) => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, content);
    return loadConfig(path);
  });

/** JSON in YAML 1.2 is what it is in JSON. */
const asJson = (found: unknown, text: string): string | undefined => {
  let meant: unknown;
  try {
    meant = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isDeepStrictEqual(found, meant) ? undefined : 'read as something else than stands there';
};

/** A config is plain JSON. */
const isPlain = (found: unknown): string | undefined =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(found)), found) ? undefined : 'no plain JSON';

export const runConfigs: readonly Reader[] = [
  textReader({
    name: 'cli: config, as YAML',

    sound: [() => written, () => short],
    read: load,
    judge: isPlain,
  }),
  bytesReader({
    name: 'cli: config, as bytes',
    sound: [() => encode(short), () => encode(written)],
    read: load,
    judge: isPlain,
  }),
  jsonTextReader({
    name: 'cli: config, as JSON',
    sound: [() => JSON.stringify(values)],
    read: load,
    judge: asJson,
  }),
];
