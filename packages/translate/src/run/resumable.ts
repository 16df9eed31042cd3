import { SteadyformerError, show } from '@steadyformer/core';
import { differences, toSetting } from '../settings/settings';
import type { RunConfig } from './runConfig';

/** What may be another when a run goes on: how long it trains, and what is written, measured or kept on the way. */
const FREE: readonly string[] = [
  'output',
  'backend',
  'training.updates',
  'training.epochs',
  'validation.every',
  'validation.bleu',
  'validation.sentences',
  'earlyStopping',
  'checkpoints',
  'average.last',
  'watch',
  'log',
  'decoding',
];

const isFree = (path: string): boolean => FREE.some((free) => path === free || path.startsWith(`${free}.`));

/** @throws SteadyformerError where a run cannot go on with this config, naming what is not as it was */
export const checkResumable = (
  output: string,
  begunWith: Readonly<Record<string, unknown>>,
  config: RunConfig,
): void => {
  // What was measured is as good as what was said.
  const { replicas } = config.replicas === 'auto' ? (begunWith as Pick<RunConfig, 'replicas'>) : config;
  const now = toSetting({ ...config, replicas });
  const [changed] = differences(toSetting(begunWith), now).filter(({ path }) => !isFree(path));
  if (!changed) return;
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : show(value));
  throw new SteadyformerError(
    `'${output}' holds a run with ${changed.path} ${shown(changed.saved)}, and the config says ${shown(changed.now)}. ` +
      'Name another output, or go on with the config that the run began with (run.json).',
  );
};
