import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SteadyformerError, selectBackend } from '@steadyformer/core';
import { CommanderError } from 'commander';
import { main as steadyformer } from 'steadyformer';
import { compare } from './compare';
import { configFor } from './configFor';
import { parseOptions } from './options';
import { report } from './report';
import { translateText } from './translateText';

/** Bad input: one line, and nothing was written. */
const BAD_INPUT = 2;

/** A terminal is shown a live line. */
const streams = {
  out: (text: string): unknown => process.stdout.write(text),
  error: (text: string): unknown => process.stderr.write(text),
  columns: (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined),
};

/** Whether a run came to its end: one that was stopped has no model yet. */
const isWhole = (output: string): boolean => {
  const result = JSON.parse(readFileSync(join(output, 'result.json'), 'utf8')) as { readonly model?: string };
  return result.model !== undefined;
};

/** Trains with `steadyformer train`, as the config for this machine's backend says, and shows what became of it. */
const main = async (): Promise<number> => {
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.translate !== undefined) {
      await translateText(options, options.translate);
      return 0;
    }
    const { name } = await selectBackend(options.backend);
    if (options.compare) return await compare(name, options, streams);
    const code = await steadyformer(['train', ...configFor(name, options)], streams);
    if (code === 0 && isWhole(options.output)) await report(options);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      process.stderr.write(`${error.message}\n`);
      return BAD_INPUT;
    }
    if (!(error instanceof SteadyformerError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return BAD_INPUT;
  }
};

process.exitCode = await main();
