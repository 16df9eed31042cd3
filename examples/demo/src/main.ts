import { SteadyformerError } from '@steadyformer/core';
import { CommanderError } from 'commander';
import { parseOptions } from './options';
import { run } from './run';
import { screenOn } from './screen';
import { translateText } from './translateText';

/** Bad input: one line, and nothing was written. */
const BAD_INPUT = 2;
/** 128 + SIGINT, as shells count. */
const INTERRUPTED = 130;

const main = async (): Promise<number> => {
  const stop = new AbortController();
  process.on('SIGINT', () => {
    // A second Ctrl-C does not wait for the checkpoint.
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort();
  });
  try {
    const options = parseOptions(process.argv.slice(2));
    if (options.translate !== undefined) {
      await translateText(options, options.translate);
      return 0;
    }
    return (await run(options, screenOn(process.stdout), stop.signal)) ? 0 : INTERRUPTED;
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
