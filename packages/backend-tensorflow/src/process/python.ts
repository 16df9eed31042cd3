import { dirname, resolve } from 'node:path';
import { complaint, type Run, type RunResult } from './run';

/**
 * With `-c` and `-m` Python looks for modules in the working directory first: a `zipfile.py` or a `tensorflow` folder
 * that happens to lie there would be taken. This comes first in every program given to it.
 */
export const OWN_MODULES_ONLY = 'import sys; sys.path = [path for path in sys.path if path]';

/** Finds the package without importing it: an import of TensorFlow takes seconds and may fail for other reasons. */
const WHERE = [
  OWN_MODULES_ONLY,
  'import importlib.util',
  "spec = importlib.util.find_spec('tensorflow')",
  "print(spec.origin if spec and spec.origin else '')",
].join('\n');

/** The `tensorflow` folder that a Python interpreter would import, or undefined where it has none. */
export const tensorflowOf = (python: string, run: Run): string | undefined => {
  const { status, stdout } = run(python, ['-c', WHERE]);
  const origin = stdout.trim();
  return status === 0 && origin ? resolve(dirname(origin)) : undefined;
};

/** Why a call of Python failed that needs no TensorFlow: no Python, or none with pip. Undefined where it is neither. */
export const pythonProblem = (python: string, { status, stderr }: RunResult): string | undefined => {
  const otherwise = 'name another by --python, or give a library by --library';
  if (status === null || status === 127) {
    return `there is no '${python}' here (${complaint(stderr)}). Run: apt-get install python3-pip (or ${otherwise}). Nothing was changed.`;
  }
  if (status !== 0 && /No module named '?pip/.test(stderr)) {
    return `'${python}' has no pip. Run: apt-get install python3-pip, or ${python} -m ensurepip (or ${otherwise}). Nothing was changed.`;
  }
  return undefined;
};
