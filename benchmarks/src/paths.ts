import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The benchmarks folder. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** Where JSON and Markdown reports go; git ignores it. */
export const resultsFolder: string = join(root, 'results');

/** Bundles and task files of this run: runs side by side do not disturb each other. Removed at the end. */
export const workFolder: string = join(root, '.cache', `run-${process.pid}`);

/** What is too large to make often and belongs outside the repository. */
export const cacheFolder: string = process.env.STEADYFORMER_CACHE ?? join(tmpdir(), 'steadyformer-cache');

/** The Python that has PyTorch: made by `npm run torch`, or any other named by STEADYFORMER_TORCH_PYTHON. */
export const torchPython: string =
  process.env.STEADYFORMER_TORCH_PYTHON ??
  join(
    cacheFolder,
    'torch-venv',
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
