import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type Asked, BUILDERS, type Builder, type Found } from './builders';
import { cleaned } from './clean';
import type { Run } from './program';
import { type Parts, splitPairs } from './splitPairs';
import { writeCorpus } from './writeCorpus';

export interface BuildOptions extends Asked {
  readonly name: string;
  /** Builds anew what is there. */
  readonly force: boolean;
  /** The folder of all corpora. */
  readonly folder: string;
  readonly run: Run;
  readonly log: (line: string) => void;
}

const CODE = /^[a-z]{2,3}(?:[-_@][A-Za-z]{2,8})*$/u;

const readmeOf = (
  { name, language, packages }: BuildOptions,
  { says, licence }: Builder,
  { pairs, sources }: Found,
  clean: number,
  parts: Parts,
): string => {
  const options = [`--language ${language}`, ...(packages ? [`--packages ${packages.join(',')}`] : [])];
  return `# ${name}, English and '${language}'

Parallel text: ${says}. UTF-8 (NFC), a line a sentence, line N of \`train.en\` beside line N of \`train.${language}\`.

| | pairs |
| --- | ---: |
| found | ${pairs.length} |
| clean | ${clean} |
| train | ${parts.train.length} |
| valid | ${parts.valid.length} |
| test | ${parts.test.length} |

**Licence.** ${licence}

**Source.**

${sources.map((source) => `- ${source}`).join('\n')}

Made by \`npm run corpus -- ${name} ${options.join(' ')}\` of Steadyformer's repository. Left out: what is the same on both sides, has
no words, more than 100, three times as many as the other side or other numbers; a source that was there before; and held-out pairs
that say the same as a pair of another part, of other numbers, names or quoted words.
`;
};

/** Builds a corpus of parallel text into its folder; returns the folder. */
export const buildCorpus = async (options: BuildOptions): Promise<string> => {
  const { name, language, force, folder: root, run, log } = options;
  const builder = Object.hasOwn(BUILDERS, name) ? BUILDERS[name] : undefined;
  if (!builder) {
    throw new SteadyformerError(
      `corpus: received '${name}', allowed one of ${Object.keys(BUILDERS).join(', ')}`,
    );
  }
  if (!CODE.test(language) || language === 'en') {
    throw new SteadyformerError(
      `--language: received '${language}', allowed codes of languages other than English, such as de or pt-BR`,
    );
  }
  const folder = join(root, `${name}-en-${language}`);
  if (existsSync(folder) && !force) {
    throw new SteadyformerError(`${folder}: is there already. --force builds it anew.`);
  }
  const downloads = join(root, 'downloads');
  await mkdir(downloads, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new SteadyformerError(
      `${downloads}: cannot be made, ${error.code}. Set STEADYFORMER_CORPORA to a folder that can be written.`,
    );
  });
  const found = await builder.find(options, { run, downloads, log });
  const clean = cleaned(found.pairs);
  log(`${found.pairs.length} pairs, ${clean.length} clean`);
  const parts = splitPairs(clean);
  for (const [split, pairs] of Object.entries(parts)) log(`${split.padEnd(6)}${pairs.length}`);
  const readme = readmeOf(options, builder, found, clean.length, parts);
  await writeCorpus(folder, { parts, languages: ['en', language], readme, licences: found.licences });
  return folder;
};
