import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProductsOptions } from '../children/products';
import type { TrainStepOptions } from '../children/trainStep';
import type { Competitor } from '../harness/competitor';
import { MARK } from '../harness/protocol';
import { lastWords } from '../harness/start';
import { root, torchPython } from '../paths';
import { nodeChild, threadText } from './competitors';

export const trainChild = (
  name: string,
  program: string,
  options: TrainStepOptions,
  threads: number,
  blas = 'none',
): Competitor =>
  nodeChild(name, program, options, { STEADYFORMER_THREADS: String(threads), STEADYFORMER_BLAS: blas });

/** A competitor of ours whose products are made by the library that STEADYFORMER_BLAS names. */
export const blasChild = (
  name: string,
  program: string,
  options: TrainStepOptions,
  threads: number,
  named: string = process.env.STEADYFORMER_BLAS ?? '',
): Competitor => {
  const child = trainChild(`${name}, with BLAS`, program, options, threads, named);
  const isNamed = !['', 'auto', 'none'].includes(named);
  return isNamed ? child : { ...child, skip: 'no other library is named in STEADYFORMER_BLAS' };
};

/** The products of a step run bare, in every way that might be fastest. */
export const boundCompetitors = (program: string, products: string, cores: number): Competitor[] => {
  const ways = [
    { threads: cores, spinning: false },
    ...(cores > 1
      ? [
          { threads: cores, spinning: true },
          { threads: 1, spinning: false },
        ]
      : []),
  ];
  return ways.map(({ threads, spinning }) => {
    const name = `products bare, ${threadText(threads)}${spinning ? ', spinning' : ''}`;
    return nodeChild(name, program, { products, threads, spinning } satisfies ProductsOptions);
  });
};

const twin = join(root, 'python', 'twin.py');

interface Chosen {
  readonly attention: string;
  readonly adam: string;
}

/** What PyTorch is fastest with, found apart so that trying leaves no trace in a competitor's memory. */
const choose = (task: string, threads: number): Chosen | string => {
  if (!existsSync(torchPython))
    return `no PyTorch at ${torchPython}; make it with: npm run torch -w benchmarks`;
  const args = [twin, task, '--threads', String(threads), '--choose'];
  const { status, stdout, stderr, error } = spawnSync(torchPython, args, { encoding: 'utf8' });
  if (error) return error.message;
  const line = stdout.split('\n').find((text) => text.startsWith(MARK));
  if (status !== 0 || line === undefined) return `PyTorch does not run: ${lastWords(stderr)}`;
  return JSON.parse(line.slice(MARK.length)) as Chosen;
};

/** PyTorch at 1 and all threads, with default and passive waits. */
export const torchCompetitors = (task: string, cores: number): Competitor[] => {
  const chosen = choose(task, cores);
  const ways = [
    { threads: cores, waits: 'default' },
    ...(cores > 1
      ? [
          { threads: cores, waits: 'passive' },
          { threads: 1, waits: 'default' },
        ]
      : []),
  ];
  return ways.map(({ threads, waits }) => {
    const name = `PyTorch, ${threadText(threads)}${waits === 'passive' ? ', passive waits' : ''}`;
    const common = { name, program: torchPython };
    if (typeof chosen === 'string') return { ...common, args: [], skip: chosen };
    const { attention, adam } = chosen;
    return {
      ...common,
      args: [twin, task, '--threads', String(threads), '--attention', attention, '--adam', adam],
      env: {
        OMP_NUM_THREADS: String(threads),
        ...(waits === 'passive' ? { OMP_WAIT_POLICY: 'PASSIVE' } : {}),
      },
    };
  });
};
