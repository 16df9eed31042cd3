// `npm run torch`: makes the virtual environment that the PyTorch competitors run in, outside the repository; with
// `-- trainers` also those of train-corpus.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { cacheFolder, root, torchPython } from './paths';

const run = (program: string, ...args: string[]): void => {
  console.log([program, ...args].join(' '));
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};

const folder = join(cacheFolder, 'torch-venv');
run(process.platform === 'win32' ? 'python' : 'python3', '-m', 'venv', folder);
run(torchPython, '-m', 'pip', 'install', '--requirement', join(root, 'python', 'requirements.txt'));
if (process.argv[2] === 'trainers') {
  run(
    torchPython,
    '-m',
    'pip',
    'install',
    '--requirement',
    join(root, 'python', 'requirements-trainers.txt'),
  );
}
run(torchPython, '-c', 'import torch; print("torch", torch.__version__)');
