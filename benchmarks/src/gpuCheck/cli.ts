// `npm run gpu-check -w packages/backend-tensorflow`: all that a GPU machine has to show, from files brought along.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleChildren } from '../bundle';
import { machine } from '../machine';
import { workFolder } from '../paths';
import { markdownTable } from '../table';
import { bundleCommand, doctorStep, setupStep } from './command';
import { changeStep, conformanceStep, parityStep } from './numbers';
import { type GpuCheckOptions, parseOptions, USAGE } from './options';
import { runSteps, type StepResult } from './step';
import { largestBatchStep, trainStep } from './training';

const CHILDREN = ['gpuConformance', 'gpuParity', 'gpuChange', 'trainStep', 'prepare'];

const check = async (options: GpuCheckOptions): Promise<StepResult[]> => {
  const cli = await bundleCommand();
  const program = await bundleChildren(CHILDREN);
  const steps = [
    setupStep(cli, options),
    doctorStep(cli, options),
    conformanceStep(program('gpuConformance'), options),
    parityStep(program('gpuParity'), join(workFolder, 'parity.json'), options),
    changeStep(program('gpuChange'), options),
    trainStep(program, options),
    largestBatchStep(program, options),
  ];
  return runSteps(steps, options.budget, (line) => console.error(line));
};

const main = async (): Promise<number> => {
  let options: GpuCheckOptions;
  try {
    // npm runs scripts in the folder of their package: paths are those of where it was called.
    options = parseOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  const from = performance.now();
  const steps = await check(options);
  const seconds = (performance.now() - from) / 1000;
  const rows = steps.map(({ name, state, seconds: each, detail }) => [name, state, each.toFixed(1), detail]);
  console.log(
    markdownTable({
      title: `GPU check, ${seconds.toFixed(0)} s`,
      columns: ['step', 'state', 'seconds', 'found'],
      rows,
    }),
  );
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, `${JSON.stringify({ machine: machine(), seconds, steps }, undefined, 2)}\n`);
  console.error(`written: ${options.out}`);
  return steps.some(({ state }) => state === 'failed') ? 1 : 0;
};

try {
  process.exitCode = await main();
} finally {
  rmSync(workFolder, { recursive: true, force: true });
}
