import { SteadyformerError } from '@steadyformer/core';
import { type GivenConfig, runConfig } from '@steadyformer/translate/node';
import { type ConfigFile, readConfig } from './readConfig';
import { parseSetting, type Setting, withSettings } from './settings';

/** What a command line says beside the file. */
export interface Overrides {
  /** As typed: `a.b=c`. */
  readonly set?: readonly string[];
  /** In place of the config's. */
  readonly output?: string;
}

/**
 * A config of a file with what the command line sets, checked, as it is given: without defaults.
 *
 * @throws SteadyformerError that names the file, line and column of what is wrong, or the `--set` that it comes of
 */
export const loadConfig = async (
  path: string,
  { set = [], output }: Overrides = {},
): Promise<GivenConfig> => {
  const settings = set.map(parseSetting);
  const file = await readConfig(path);
  const config = {
    ...withSettings(file.value, settings),
    ...(output === undefined ? {} : { output }),
  };
  try {
    runConfig(config);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SteadyformerError') throw error;
    throw new SteadyformerError(located(error.message, file, settings), { cause: error });
  }
  return config;
};

/** How errors name the config: `config.model.depth: ...`, `config.data.train[1]: ...`, `config: decoding has no ...`. */
const NAMED =
  /^config(?<path>(?:\.[^\s.:[\]]+|\[\d+\])*):? (?:unknown option '(?<unknown>[^']*)'|(?<subject>[a-z][\w.]*))?/u;

const located = (message: string, file: ConfigFile, settings: readonly Setting[]): string => {
  const { path = '', unknown, subject = '' } = NAMED.exec(message)?.groups ?? {};
  const steps = (text: string): string[] => text.match(/[^.[\]]+/gu) ?? [];
  const about = [...steps(path), ...(unknown === undefined ? [] : [unknown])];
  const named =
    about.length === 0 && Object.hasOwn(file.value, steps(subject)[0] ?? '') ? steps(subject) : about;
  const said = message.replace(/^config(?:\.|: )/u, '');
  const setting = settings.findLast(({ path: set }) => set.every((step, i) => step === named[i]));
  if (named.length > 0 && setting) return `--set ${setting.text}: ${said}`;
  return `${file.path}${named.length > 0 ? `:${file.placeOf(named)}` : ''}: ${said}`;
};
