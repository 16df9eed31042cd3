import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundled } from '../support/bundle';
import type { Line, RunOptions } from './run.entry';

export interface Ended {
  readonly lines: readonly Line[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

export interface Programs {
  readonly script: string;
  /** Of replicas. */
  readonly entry: string;
}

export const programs = async (name: string): Promise<Programs> => ({
  script: fileURLToPath(await bundled(new URL('run.entry.ts', import.meta.url), `run-${name}`)),
  entry: (await bundled(new URL('../replicas/translation.entry.ts', import.meta.url), `run-${name}-replica`))
    .href,
});

/** Starts a run in a process of its own, whose folder its paths start from. */
export const start = (
  { script, entry }: Programs,
  folder: string,
  options: RunOptions,
  onLine: (line: Line, running: Pick<Running, 'kill'>) => void = () => {},
  node: readonly string[] = [],
): Running => {
  const child = spawn(process.execPath, [...node, script, JSON.stringify({ entry, ...options })], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  const lines: Line[] = [];
  let stderr = '';
  let rest = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    const texts = (rest + chunk).split('\n');
    rest = texts.pop()!;
    for (const text of texts) {
      const line = JSON.parse(text) as Line;
      lines.push(line);
      onLine(line, { kill });
    }
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ lines, code, signal, stderr }));
  });
  return { pid: child.pid!, kill, ended };
};

/** The result that a run ended with. */
export const resultOf = ({ lines, stderr }: Ended): unknown => {
  const last = lines.at(-1);
  if (last && 'result' in last) return last.result;
  throw new Error(`the run gave no result: ${JSON.stringify(last)}\n${stderr}`);
};

/** The error that a run ended with: one clear line. */
export const errorOf = ({ lines, code, stderr }: Ended): string => {
  const last = lines.at(-1);
  if (!last || !('error' in last))
    throw new Error(`the run gave no error: ${JSON.stringify(last)}\n${stderr}`);
  const { name, message } = last.error;
  if (code !== 2 || name !== 'SteadyformerError' || message.includes('\n') || message.length > 2000)
    throw new Error(`no clear error: ${code} ${name}: ${message}`);
  return message;
};
