import { readLines } from '../../text/lines';
import { openText } from '../../text/node/openText';
import type { Bpe } from '../bpe';
import { bpeTraining, type TrainBpeOptions } from '../trainBpe';

/**
 * Learns a subword vocabulary from the lines of text files (each may be gzipped), which are never in memory as a whole.
 *
 * @throws SteadyformerError as `trainBpe` does, and on files that cannot be read, with file and line
 */
export const trainBpeOnFiles = async (
  paths: readonly string[],
  options: TrainBpeOptions = {},
): Promise<Bpe> => {
  const { add, learn } = bpeTraining(options);
  for (const path of paths) {
    for await (const line of readLines(await openText(path))) add(line);
  }
  return learn();
};
