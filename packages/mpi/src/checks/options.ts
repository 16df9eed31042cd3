import { MpiError } from './errors';

/** Options of `init`. */
export interface MpiOptions {
  /**
   * The file or name of an MPI library, such as '/opt/openmpi/lib/libmpi.so.40'. Default: `STEADYFORMER_MPI` of the
   * environment, else that of the launcher, else whichever is installed.
   */
  readonly library?: string;
  /** Seconds that anything waits for other ranks at most. Default: `STEADYFORMER_MPI_TIMEOUT` of the environment, else 600. */
  readonly timeout?: number;
}

/** Options with their defaults. */
export interface CheckedOptions {
  readonly library: string | undefined;
  readonly timeout: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT = 600;
const NAMES: readonly string[] = ['library', 'timeout'];

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

const refuse = (what: string, received: unknown, allowed: string): never => {
  throw new MpiError(`${what}: received ${show(received)}, allowed ${allowed}`);
};

const seconds = (what: string, value: unknown): number =>
  typeof value === 'number' && value > 0 && value <= 2_000_000
    ? value
    : refuse(what, value, 'seconds > 0, at most 2000000');

const timeoutOf = (given: unknown, { STEADYFORMER_MPI_TIMEOUT: text }: Environment): number => {
  if (given !== undefined) return seconds('init() timeout', given);
  return text ? seconds('STEADYFORMER_MPI_TIMEOUT', Number(text)) : TIMEOUT;
};

/** @throws MpiError on an option that is unknown, or not as it should be */
export const checkOptions = (options: MpiOptions, environment: Environment): CheckedOptions => {
  if (typeof options !== 'object' || options === null) {
    return refuse('init() options', options, 'an object of library and timeout');
  }
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new MpiError(`init(): unknown option '${unknown}', allowed ${NAMES.join(', ')}`);
  }
  const { library = environment.STEADYFORMER_MPI || undefined } = options;
  if (library !== undefined && (typeof library !== 'string' || library === '')) {
    return refuse('init() library', library, "the file or name of a library, such as 'libmpi.so.40'");
  }
  return { library, timeout: timeoutOf(options.timeout, environment) };
};
