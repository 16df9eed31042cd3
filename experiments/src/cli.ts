import { SteadyformerError } from '@steadyformer/core';
import { parseArguments, USAGE } from './framework/arguments';
import { experiment } from './framework/experiment';
import { writeTable } from './framework/table';
import { itemNamed, items } from './items';

/** `npm run experiment -- NAME` */
const log = (line: string): void => console.log(line);

// What was to be read by others goes on without them, as under `| head`.
process.stdout.on('error', () => {});

const main = async (): Promise<void> => {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    const list = items.map(({ name, paper, states }) => `  ${name.padEnd(14)}${paper}: ${states}`);
    log(`${USAGE}\n\nItems:\n${list.join('\n')}`);
    return;
  }
  const asked = parseArguments(
    args,
    items.map(({ name }) => name),
  );
  if (asked === 'table') {
    log(
      (await writeTable(items))
        ? 'experiments/README.md: the table is new'
        : 'the table was as the results are',
    );
    return;
  }
  const { name, ...options } = asked;
  await experiment(itemNamed(name), { ...options, log });
};

try {
  await main();
  process.exit(0);
} catch (error) {
  if (!(error instanceof SteadyformerError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(2);
}
