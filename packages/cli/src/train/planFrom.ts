import { type GivenConfig, type PlanOptions, planRun, type RunPlan } from '@steadyformer/translate/node';
import { screenOn } from '../output/screen';
import type { Streams } from '../program/streams';
import { teller } from './tell';

/** Plans a run, saying on a terminal how far it is; beside a plan that goes to a file, or where it is to be quiet, nothing. */
export const planFrom = async (
  config: GivenConfig,
  streams: Streams,
  { quiet = false, ...options }: Pick<PlanOptions, 'parts'> & { readonly quiet?: boolean } = {},
): Promise<RunPlan> => {
  const screen = screenOn(streams, streams.columns?.() === undefined || quiet);
  const tell = teller(screen);
  const plan = await planRun(config, {
    ...options,
    onEvent: (event) => {
      if (event.event === 'progress') tell(event);
    },
  });
  screen.close();
  return plan;
};
