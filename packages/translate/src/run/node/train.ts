import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import { isFirst, onAll } from '../../training/ranks';
import { isRegular } from '../regular';
import { checkResumable } from '../resumable';
import { type GivenConfig, type RunConfig, runConfig } from '../runConfig';
import { checkReplicas } from './learner';
import { checkRunFolder } from './runFolder';
import { lockRun, type RunLock } from './runLock';
import { readRunRecord } from './runRecord';
import { runTraining } from './runTraining';
import { type TrainOptions, type TrainResult, trainOptions } from './trainOptions';

/**
 * Trains a model from text, as a config says: data, vocabulary, batches, profile, training, the best checkpoint, its test.
 * Everything is in the folder `output`; called again with the same config after an end of whatever kind, it goes on from
 * the newest checkpoint that can be read, with the numbers that it would have had. The tfjs backend is set.
 *
 * @param config as `runConfig` takes it
 * @throws SteadyformerError on a config or data that is not as it should be, with nothing written; where another run has
 *   the folder; where it holds a run that was begun with another config
 */
export const train = async (
  config: GivenConfig | RunConfig,
  options: TrainOptions = {},
): Promise<TrainResult> => {
  const given = trainOptions(options);
  const checked = runConfig(config, 'train() config');
  const { output, validation, checkpoints, replicas } = checked;
  const { ranks } = given;
  let lock: RunLock | undefined;
  const begun = async () => {
    await checkRunFolder(output);
    const backend = await selectBackend(checked.backend);
    checkReplicas(replicas);
    if (isFirst(ranks)) lock = await lockRun(output);
    const { keep, keepEvery } = checkpoints;
    const series = new CheckpointSeries(join(output, 'checkpoints'), {
      keep,
      ...(keepEvery === undefined ? {} : { keepEvery }),
      regular: isRegular(checked),
      better: validation.metric === 'bleu' ? 'higher' : 'lower',
    });
    const record = await readRunRecord(output);
    const latest = record && (await series.latest());
    if (record && latest) checkResumable(output, record.config, checked);
    const before = record && { record, ...(latest ? { latest } : {}) };
    return { config: checked, series, backend, options: given, ...(before ? { before } : {}) };
  };
  try {
    return await runTraining(await onAll(ranks, begun));
  } finally {
    await lock?.release();
    // Where nothing came of it, the folder is not left behind.
    if (lock) await rmdir(output).catch(() => {});
  }
};
