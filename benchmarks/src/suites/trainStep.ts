import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { availability as tensorflow } from '@steadyformer/backend-tensorflow';
import { wanted } from '../arguments';
import type { CountedProduct } from '../children/kernelTimes';
import { makeTask, positionsOf, type Task, type TaskSize, tokensOf } from '../children/task';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { lastWords } from '../harness/start';
import { workFolder } from '../paths';
import { markdownTable, type Table } from '../table';
import { nodeChild } from './competitors';
import type { Suite, SuiteContext } from './suite';
import { blasChild, boundCompetitors, torchCompetitors, trainChild } from './trainCompetitors';
import {
  type Clocked,
  competitorTable,
  FUSED,
  kernelTable,
  productTable,
  replicasName,
  STEP,
  splitTable,
} from './trainTables';

const PLAIN = 'ours, plain ops';
const cores = availableParallelism();

/** The models whose step is measured. */
export const sizesOf = ({ args: { quick, method } }: SuiteContext): TaskSize[] =>
  quick
    ? [false, true].map((padded) => ({
        width: 64,
        depth: 1,
        vocabulary: 200,
        batchSize: 4,
        time: 8,
        method,
        padded,
      }))
    : [256, 512].flatMap((width) =>
        [false, true].map((padded) => ({
          width,
          depth: 6,
          vocabulary: 8000,
          batchSize: 32,
          time: 32,
          method,
          padded,
        })),
      );

export const titleOf = ({ width, padded }: TaskSize): string =>
  `d=${width}${padded === true ? ' padded' : ''}`;
const folderOf = (size: TaskSize): string =>
  join(workFolder, `train-step-${titleOf(size).replace(' ', '-')}`);

export interface Prepared {
  readonly file: string;
  readonly task: Task;
}

/** Writes the task and its weights to a file. */
export const prepare = (size: TaskSize, { program }: Pick<SuiteContext, 'program'>): Prepared => {
  const folder = folderOf(size);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'task.json');
  const task = makeTask(size, join(folder, 'weights.safetensors'));
  writeFileSync(file, JSON.stringify(task));
  const { status, stderr } = spawnSync(process.execPath, [program('prepare'), file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`preparing the task: ${lastWords(stderr)}`);
  return { file, task };
};

/** What a batch, or all of them, is. */
const workOf = ({ batches, updates }: Task, { batchSize, time, padded }: TaskSize): string => {
  if (padded !== true) return `batch ${batchSize}x(${time}+${time})`;
  const used = batches.slice(0, updates);
  const count = (of: (batch: Task['batches'][number]) => number): number =>
    used.reduce((sum, batch) => sum + of(batch), 0);
  const pads = 1 - count(tokensOf) / count(positionsOf);
  const shapes = used.map((b) => `${b.rows}x(${b.sourceTime}+${b.targetTime})`).join(' ');
  return `a step is ${updates} updates, with ${(100 * pads).toFixed(0)} % pads: ${shapes}`;
};

/** Runs a few steps with a clock around each kernel, in a process of their own. */
const clocked = async (
  task: string,
  fused: boolean,
  { program, start, args }: SuiteContext,
): Promise<{ outcome: Outcome; clock?: Clocked; products: CountedProduct[] }> => {
  const name = fused ? FUSED : PLAIN;
  const options = { task, backend: 'onnxruntime', fused, clocked: true } as const;
  const competitor = trainChild(name, program('trainStep'), options, cores);
  const group = { title: `clocked: ${name}`, cases: [STEP], competitors: [competitor], warmUp: 4 };
  const [outcome] = await measure(group, { repeats: 1, budget: args.budget, log: () => {} }, start);
  const {
    stepSeconds,
    kernels,
    products = [],
  } = outcome!.facts as Partial<Clocked> & { products?: CountedProduct[] };
  if (stepSeconds === undefined || kernels === undefined) return { outcome: outcome!, products };
  return { outcome: outcome!, clock: { name, stepSeconds, kernels }, products };
};

const ours = (task: string, { program }: SuiteContext): Competitor[] => {
  const file = program('trainStep');
  const onnxruntime = { task, backend: 'onnxruntime' } as const;
  return [
    trainChild(FUSED, file, { ...onnxruntime, fused: true }, cores),
    blasChild(FUSED, file, { ...onnxruntime, fused: true }, cores),
    ...(cores > 1
      ? [trainChild, blasChild].map((child) =>
          child(replicasName(cores), file, { ...onnxruntime, fused: true, replicas: cores }, cores),
        )
      : []),
    ...(cores > 1 ? [trainChild(`${FUSED}, 1 thread`, file, { ...onnxruntime, fused: true }, 1)] : []),
    trainChild(`${FUSED}, checkpointing`, file, { ...onnxruntime, fused: true, checkpointing: true }, cores),
    trainChild(PLAIN, file, { ...onnxruntime, fused: false }, cores),
    ...tensorflowChildren(task, file),
    nodeChild('tfjs program on our backend', program('plainStep'), { task, backend: 'onnxruntime' }),
    nodeChild('tfjs program on wasm', program('plainStep'), { task, backend: 'wasm' }),
    trainChild('core on tfjs wasm', file, { task, backend: 'wasm', fused: false }, 1),
  ];
};

/** core on backend-tensorflow, where it is set up: fused kernels, and the same composed of plain ops. */
const tensorflowChildren = (task: string, file: string): Competitor[] => {
  const { available, reason } = tensorflow();
  return [true, false].map((fused) => ({
    ...trainChild(
      `tensorflow, ${fused ? 'fused' : 'plain ops'}`,
      file,
      { task, backend: 'tensorflow', fused },
      cores,
    ),
    ...(available ? {} : { skip: reason ?? 'not available' }),
  }));
};

const present = (table: Table | undefined): Table[] => (table === undefined ? [] : [table]);

const runSize = async (size: TaskSize, context: SuiteContext) => {
  const { args, log, start, program } = context;
  const { width, depth, vocabulary, method } = size;
  const title = `train-step ${titleOf(size)}`;
  log(`${title}: preparing`);
  const { file: task, task: content } = prepare(size, context);
  const plainClock = await clocked(task, false, context);
  const products = join(folderOf(size), 'products.json');
  writeFileSync(products, JSON.stringify(plainClock.products));
  const names = args.only.filter((part) => !isSize(part));
  const competitors = [
    ...ours(task, context),
    ...(wanted(names, 'pytorch') ? torchCompetitors(task, cores) : []),
    ...boundCompetitors(program('products'), products, cores),
  ].filter(({ name }) => wanted(names, name));
  const outcomes = await measure({ title, cases: [STEP], competitors }, { ...args, log }, start);
  const fusedClock = await clocked(task, true, context);
  const clocks = [fusedClock.clock, plainClock.clock].filter((clock) => clock !== undefined);
  const about = `${depth}+${depth} layers, heads of ${Math.min(64, width)}, V=${vocabulary}, ${workOf(content, size)}, ${method}`;
  const tokens = content.batches.slice(0, content.updates).reduce((sum, batch) => sum + tokensOf(batch), 0);
  const tables = [
    competitorTable(`${title}: ${about}`, outcomes, tokens),
    ...present(splitTable(`${title}: products and the rest`, outcomes, clocks, plainClock.products)),
    ...present(productTable(`${title}: products, bare`, outcomes)),
    ...clocks.map((clock) => kernelTable(`${title}: ${clock.name}, by kernel`, clock)),
  ];
  // A long run that is cut short has shown the sizes that it finished.
  for (const table of tables.slice(0, 2)) log(markdownTable(table));
  return { tables, data: { title, size, outcomes, clocks, products: plainClock.products } };
};

export const trainStep: Suite = {
  name: 'train-step',
  about: 'one training step of a 6+6-layer Transformer: ours, wasm, and a twin in PyTorch',
  children: ['prepare', 'trainStep', 'replica', 'plainStep', 'products'],
  run: async (context) => {
    const tables: Table[] = [];
    const data: unknown[] = [];
    for (const size of sizesOf(context)) {
      if (!wantedSize(size, context)) continue;
      const found = await runSize(size, context);
      tables.push(...found.tables);
      data.push(found.data);
    }
    return { tables, data };
  },
};

/** `--only d=256` takes that width alone, and `padded` or `unpadded` one of its two tasks; without, all run. */
const isSize = (part: string): boolean => part.startsWith('d=') || part === 'padded' || part === 'unpadded';

const wantedSize = ({ width, padded }: TaskSize, { args: { only } }: SuiteContext): boolean => {
  const widths = only.filter((part) => part.startsWith('d='));
  const kinds = only.filter((part) => part === 'padded' || part === 'unpadded');
  return (
    (widths.length === 0 || widths.includes(`d=${width}`)) &&
    (kinds.length === 0 || kinds.includes(padded === true ? 'padded' : 'unpadded'))
  );
};
