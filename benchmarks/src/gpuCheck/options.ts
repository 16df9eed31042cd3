import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { resultsFolder, torchPython } from '../paths';

/** What the check is given. Every path is absolute. */
export interface GpuCheckOptions {
  /** A folder in which `npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0` was done. */
  readonly project: string;
  /** What `setup` is called with: where it takes TensorFlow from. */
  readonly source: readonly string[];
  /** A Python with PyTorch; absent: no comparison. */
  readonly torch: string | undefined;
  /** The JSON that is written. */
  readonly out: string;
  /** Seconds for all of it; a step that would begin later is left out. */
  readonly budget: number;
  /** Sizes that a CPU can do in minutes. */
  readonly small: boolean;
}

export const USAGE = `npm run gpu-check -w packages/backend-tensorflow -- --project FOLDER [options]

  --project F   folder where npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0 was done (needed)
  --wheels F    folder with the wheels of tensorflow (and its CUDA wheels), or of tensorflow-cpu
  --library F   an unpacked TensorFlow instead; without either, what setup finds itself
  --torch P     a Python with PyTorch, for the same training step on the same device (default: what
                STEADYFORMER_TORCH_PYTHON names, or what npm run torch made, where there is one)
  --out F       the JSON to write (default benchmarks/results/gpu-check.json)
  --budget S    seconds for all of it (default 570)
  --small       sizes for a CPU: shows that everything runs, measures nothing`;

const FLAGS = {
  project: { type: 'string' },
  wheels: { type: 'string' },
  library: { type: 'string' },
  torch: { type: 'string' },
  out: { type: 'string' },
  budget: { type: 'string' },
  small: { type: 'boolean' },
} as const;

/**
 * Reads the command line. Relative paths are those of `cwd`.
 *
 * @param python that has PyTorch unless the command line names one
 * @throws Error on anything unknown, and on a folder that is not there, naming it and what is wanted.
 */
export const parseOptions = (
  args: readonly string[],
  cwd: string,
  python: string = torchPython,
): GpuCheckOptions => {
  const { values } = parseArgs({ args: [...args], options: FLAGS, strict: true });
  const { project, wheels, library, torch, out, budget = '570', small = false } = values;
  const there = (name: string, path: string): string => {
    const absolute = resolve(cwd, path);
    if (!existsSync(absolute)) throw new Error(`--${name}: there is no ${absolute}`);
    return absolute;
  };
  if (project === undefined) throw new Error('--project is needed');
  const folder = there('project', project);
  there('project', join(folder, 'node_modules/@tensorflow'));
  if (!(Number(budget) > 0)) throw new Error(`--budget: received '${budget}', allowed seconds above 0`);
  const known = !python.includes('/') || existsSync(python) ? python : undefined;
  return {
    project: folder,
    source: [
      ...(wheels === undefined ? [] : ['--wheels', there('wheels', wheels)]),
      ...(library === undefined ? [] : ['--library', there('library', library)]),
    ],
    torch: torch === undefined ? known : torch.includes('/') ? there('torch', torch) : torch,
    out: out === undefined ? join(resultsFolder, 'gpu-check.json') : resolve(cwd, out),
    budget: Number(budget),
    small,
  };
};
