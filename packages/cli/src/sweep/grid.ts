import { SteadyformerError, show } from '@steadyformer/core';
import { parseSetting, type Setting } from '../config/settings';

/** One `--grid a.b=1,2`. */
export interface GridAxis {
  readonly key: string;
  readonly values: readonly unknown[];
}

/** Runs of a sweep at most. */
const MOST = 10_000;

/**
 * Reads `--grid a.b=1,2`: the values are those of a YAML list, so that lists and records among them take their brackets, as
 * in `model.depth=6,{encoder: 12, decoder: 6}`.
 *
 * @throws SteadyformerError on a key that no config has, and on values that are none, or there twice
 */
export const parseAxis = (text: string): GridAxis => {
  const shown = `--grid ${show(text)}`;
  const end = text.indexOf('=');
  const key = text.slice(0, Math.max(end, 0)).trim();
  if (end < 0 || key === '' || text.slice(end + 1).trim() === '') {
    throw new SteadyformerError(`${shown}: allowed KEY=VALUE,VALUE,..., such as --grid seed=1,2,3`);
  }
  const values = read(`${key}=[${text.slice(end + 1)}]`, shown);
  const written = values.map((value) => JSON.stringify(value));
  const twice = written.find((value, i) => written.indexOf(value) !== i);
  if (twice !== undefined) throw new SteadyformerError(`${shown}: the value ${twice} is there twice`);
  if (key === 'output') {
    throw new SteadyformerError(
      `${shown}: every run has a folder of its own below that of the sweep; leave output out`,
    );
  }
  return { key, values };
};

const read = (setting: string, shown: string): readonly unknown[] => {
  try {
    return parseSetting(setting).value as readonly unknown[];
  } catch (error) {
    if (!(error instanceof SteadyformerError)) throw error;
    throw new SteadyformerError(error.message.replace(/^--set '(?:[^'\\]|\\.)*'/u, shown), { cause: error });
  }
};

/** @throws SteadyformerError on a key that is there twice or above another, and on too many runs */
export const checkGrid = (axes: readonly GridAxis[]): void => {
  for (const [i, { key }] of axes.entries()) {
    const other = axes
      .slice(0, i)
      .find((axis) => `${axis.key}.`.startsWith(`${key}.`) || `${key}.`.startsWith(`${axis.key}.`));
    if (other === undefined) continue;
    throw new SteadyformerError(
      other.key === key
        ? `--grid ${key}: the key is there twice; give all its values at once, as in --grid ${key}=1,2`
        : `--grid ${key}: the key and ${other.key} set the same; leave one of them out`,
    );
  }
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (axes.length === 0)
    throw new SteadyformerError('--grid: received none, allowed one or more, such as --grid seed=1,2,3');
  if (count > MOST) throw new SteadyformerError(`--grid: makes ${count} runs, allowed ${MOST} at most`);
};

/** The settings of every run, the last key varying fastest. */
export const combinations = (axes: readonly GridAxis[]): readonly (readonly Setting[])[] =>
  axes.reduce<readonly (readonly Setting[])[]>(
    (runs, { key, values }) =>
      runs.flatMap((run) =>
        values.map((value) => [
          ...run,
          { path: key.split('.'), value, text: `${key}=${JSON.stringify(value)}` },
        ]),
      ),
    [[]],
  );
