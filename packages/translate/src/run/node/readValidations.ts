import { join } from 'node:path';
import { readJsonLinesLog } from '../../log/node/readJsonLinesLog';
import type { ValidationEvent } from '../events';

/** The log in a run's folder. */
export const LOG = 'log.jsonl';

/**
 * What a run measured on held-out text, in the order of its updates.
 *
 * @param folder the run's `output`
 * @throws SteadyformerError where there is no log, or a damaged one
 */
export const readValidations = async (folder: string): Promise<ValidationEvent[]> => {
  const found: ValidationEvent[] = [];
  for await (const record of readJsonLinesLog(join(folder, LOG))) {
    if (record.event === 'validation') found.push(record as unknown as ValidationEvent);
  }
  return found;
};
