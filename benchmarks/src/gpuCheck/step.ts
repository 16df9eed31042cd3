import { spawnSync } from 'node:child_process';
import { lastWords } from '../harness/start';

/** What a step found. `failed` is a finding, not the end of the check. */
export interface Found {
  readonly state: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  /** For the JSON. */
  readonly data?: unknown;
}

/** A line of the table. */
export interface StepResult extends Found {
  readonly name: string;
  readonly seconds: number;
}

/** One step of the check. Nothing that it does is allowed to end the process: native code runs in children. */
export interface Step {
  readonly name: string;
  readonly run: (secondsLeft: number) => Found | Promise<Found>;
}

/** A child that prints one line of JSON at its end. */
export interface Child {
  readonly program: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly seconds: number;
}

/** Runs a Node program; what it printed last as JSON, or why there is nothing: it died, or took too long. */
export const jsonOf = <T>({ program, args = [], env, seconds }: Child): T | { readonly reason: string } => {
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: Math.ceil(seconds * 1000),
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
  });
  if (error && 'code' in error && error.code === 'ETIMEDOUT') {
    return { reason: `not done within ${seconds.toFixed(0)} s` };
  }
  const line = stdout?.trim().split('\n').at(-1) ?? '';
  if (status === 0 && line.startsWith('{')) return JSON.parse(line) as T;
  return { reason: `process ended (${signal ?? `exit code ${status}`}): ${lastWords(stderr ?? '')}` };
};

/** Runs steps in order; one that throws has failed, one that would begin after the budget is left out. */
export const runSteps = async (
  steps: readonly Step[],
  budget: number,
  log: (line: string) => void,
): Promise<StepResult[]> => {
  const started = performance.now();
  const results: StepResult[] = [];
  for (const { name, run } of steps) {
    const from = performance.now();
    const left = budget - (from - started) / 1000;
    log(`${name} ...`);
    let found: Found;
    try {
      found = left > 0 ? await run(left) : { state: 'skipped', detail: 'no time left' };
    } catch (error) {
      found = { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
    }
    results.push({ name, ...found, seconds: (performance.now() - from) / 1000 });
  }
  return results;
};
