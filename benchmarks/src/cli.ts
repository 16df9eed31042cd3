import { rmSync } from 'node:fs';
import { parseArguments, USAGE } from './arguments';
import { bundleChildren } from './bundle';
import { start } from './harness/start';
import { load, machine } from './machine';
import { resultsFolder, workFolder } from './paths';
import { markdown, type Run, versionsIn, writeRun } from './report';
import { suites } from './suites';
import { corpusFiles } from './suites/corpusFiles';

const log = (line: string): void => console.error(line);

const usage = (): string =>
  `${USAGE}\n\nSuites:\n${suites.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}`;

const main = async (): Promise<number> => {
  const names = suites.map(({ name }) => name);
  const budgets = Object.fromEntries(
    suites.flatMap(({ name, budget }) => (budget === undefined ? [] : [[name, budget]])),
  );
  let args: ReturnType<typeof parseArguments>;
  try {
    args = parseArguments(process.argv.slice(2), names, budgets);
    if (args.data !== undefined) corpusFiles(args.data);
  } catch (error) {
    log(`${error instanceof Error ? error.message : error}\n\n${usage()}`);
    return 2;
  }
  const suite = suites.find(({ name }) => name === args.suite)!;
  const started = new Date().toISOString();
  const from = performance.now();
  const loadBefore = load();
  const program = await bundleChildren(suite.children);
  const result = await suite.run({ args, start, log, program });
  const run: Run = {
    ...result,
    args,
    machine: machine(),
    versions: versionsIn(result.data),
    started,
    seconds: (performance.now() - from) / 1000,
    loadBefore,
    loadAfter: load(),
  };
  const files = writeRun(run, resultsFolder);
  console.log(markdown(run));
  log(`written: ${files.join(' and ')}`);
  return 0;
};

try {
  process.exitCode = await main();
} finally {
  rmSync(workFolder, { recursive: true, force: true });
}
