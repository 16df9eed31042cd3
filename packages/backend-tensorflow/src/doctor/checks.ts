/** One line of the doctor's table. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it the backend cannot run, or not on the GPU that it was set up for; else only setup wants it. */
  readonly needed: boolean;
  readonly detail: string;
  /** The command that mends it; absent where it is well, or where no command does. */
  readonly remedy?: string;
}

/** A check that found what it looked for. */
export const well = (name: string, detail: string): Check => ({ name, ok: true, needed: true, detail });

/** A check that did not, where the backend needs it. */
export const missing = (name: string, detail: string, remedy?: string): Check => ({
  name,
  ok: false,
  needed: true,
  detail,
  ...(remedy === undefined ? {} : { remedy }),
});

/** A check that did not, where the backend runs without it. */
export const absent = (name: string, detail: string, remedy?: string): Check => ({
  ...missing(name, detail, remedy),
  needed: false,
});

/** `ok`, `MISSING` (the backend cannot run as it was set up) or `absent` (only setup would want it). */
const stateOf = ({ ok, needed }: Check): string => (ok ? 'ok' : needed ? 'MISSING' : 'absent');

/** The checks as a table. */
export const formatChecks = (checks: readonly Check[]): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map((check) => {
      const { name, detail, remedy } = check;
      const next = remedy === undefined ? '' : `. Run: ${remedy}`;
      return `${name.padEnd(width)}  ${stateOf(check).padEnd(7)}  ${detail}${next}`;
    })
    .join('\n');
};

/** Whether the backend runs. */
export const healthy = (checks: readonly Check[]): boolean => checks.every(({ ok, needed }) => ok || !needed);

/** The same as data: one line of JSON. */
export const checksJson = (checks: readonly Check[]): string =>
  JSON.stringify({
    healthy: healthy(checks),
    checks: checks.map((check) => ({
      name: check.name,
      state: stateOf(check).toLowerCase(),
      detail: check.detail,
      remedy: check.remedy ?? null,
    })),
  });
