import { dirname } from 'node:path';
import type { Run } from './run';

/** Finds the package without importing it: an import of TensorFlow takes seconds and may fail for other reasons. */
const WHERE = [
  'import importlib.util',
  "spec = importlib.util.find_spec('tensorflow')",
  "print(spec.origin if spec and spec.origin else '')",
].join('\n');

/** The `tensorflow` folder that a Python interpreter would import, or undefined where it has none. */
export const tensorflowOf = (python: string, run: Run): string | undefined => {
  const { status, stdout } = run(python, ['-c', WHERE]);
  const origin = stdout.trim();
  return status === 0 && origin ? dirname(origin) : undefined;
};
