import { type Run, tail } from '../process/run';

/** What the self test's process reports. */
export type SelfTest =
  | {
      readonly loads: true;
      readonly version: string;
      readonly gpu: boolean;
      readonly matmul: boolean;
      /** What TensorFlow itself said about GPUs while it loaded. */
      readonly notes?: readonly string[];
    }
  | { readonly loads: false; readonly reason: string };

const isReport = (value: unknown): value is SelfTest =>
  typeof value === 'object' && value !== null && 'loads' in value && typeof value.loads === 'boolean';

const parse = (line: string): SelfTest | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Lines of TensorFlow's log that say why a GPU is not used, without their time, place and repetition. */
const notesOf = (log: string): string[] => {
  const said = log
    .split('\n')
    .filter((line) =>
      /dynamic library|dlopen|cuda drivers|CUDA_ERROR|cuInit|Ignoring visible gpu/i.test(line),
    )
    .map((line) => line.replace(/^.*?\.(?:cc|h):\d+\] /, '').trim());
  return [...new Set(said)];
};

/** Runs the self test `script` with `node` for the package that `points` lead to (default: the script's); a process that dies without a report is a report too. */
export const runSelfTest = (
  node: string,
  script: string,
  run: Run,
  points: readonly string[] = [],
): SelfTest => {
  const { status, stdout, stderr } = run(node, [script, ...points]);
  const report = parse(tail(stdout, 1));
  if (report?.loads) return { ...report, notes: notesOf(stderr) };
  if (report) return report;
  return {
    loads: false,
    reason: `the process ended with status ${status}: ${tail(stderr, 2) || 'no message'}`,
  };
};
