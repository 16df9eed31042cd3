import { parseArgs } from 'node:util';
import { SteadyformerError } from '@steadyformer/core';
import { corporaFolder } from '../framework/corpora';
import { buildCorpus } from './build';
import { BUILDERS } from './builders';
import { runProgram } from './program';

/** `npm run corpus -- NAME` */
const log = (line: string): void => console.log(line);
process.stdout.on('error', () => {});

const USAGE = `npm run corpus -- NAME [options]

  --language L   of the translations (default de); the other side is English
  --packages P   Debian packages, with commas between them (gettext alone)
  --force        builds anew what is there

A corpus goes to STEADYFORMER_CORPORA, else to ~/.cache/steadyformer/corpora.

Corpora:
${Object.entries(BUILDERS)
  .map(([name, { says }]) => `  ${name.padEnd(22)}${says}`)
  .join('\n')}`;

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        language: { type: 'string', default: 'de' },
        packages: { type: 'string' },
        force: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new SteadyformerError(error instanceof Error ? error.message : String(error));
  }
};

const main = async (): Promise<void> => {
  const { values, positionals } = parsed(process.argv.slice(2));
  const { help, language, force, packages } = values;
  if (help) {
    log(USAGE);
    return;
  }
  const written = await buildCorpus({
    name: positionals.join(' '),
    language,
    ...(packages === undefined ? {} : { packages: packages.split(',').filter((each) => each !== '') }),
    force,
    folder: corporaFolder(),
    run: runProgram,
    log,
  });
  log(`written: ${written}`);
};

try {
  await main();
} catch (error) {
  if (!(error instanceof SteadyformerError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(2);
}
