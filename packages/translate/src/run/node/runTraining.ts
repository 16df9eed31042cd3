import { join } from 'node:path';
import { replaceText } from '../../checks/node/replaceText';
import { fingerprintFiles } from './fingerprint';
import { finishRun } from './finish';
import { runLoop } from './loop';
import { makeTrainer } from './makeTrainer';
import { prepareTask } from './prepareTask';
import { profileEvent, profileTask } from './profileTask';
import { pathsOf } from './readData';
import { vocabularyPath, writeVocabulary } from './readVocabulary';
import { openRunLog } from './runLog';
import type { RunParts } from './runParts';
import { writeRunRecord } from './runRecord';
import { runStart } from './runStart';
import { Teller } from './teller';
import type { TrainResult } from './trainOptions';
import { unlessAborted } from './unlessAborted';

/** The run itself, in a folder that is its own. */
export const runTraining = async (parts: RunParts): Promise<TrainResult> => {
  const { config, series, backend, options, before } = parts;
  const { output } = config;
  const { own = {}, signal = new AbortController().signal } = options;
  const began = performance.now();
  const teller = new Teller(options.onEvent);
  const { emit } = teller;
  const disposables: (() => unknown)[] = [() => teller.close()];
  const latest = before?.latest;
  const updated = latest?.checkpoint.training?.optimizer.updates;
  try {
    await emit({ event: 'backend', name: backend.name, message: backend.message });
    const task = await unlessAborted(signal, () => prepareTask(parts, emit, signal));
    // Before there is anything to train nothing has to be kept.
    if (!task) return { ending: 'stopped', folder: output, update: updated ?? 0 };
    disposables.push(() => task.model.dispose());
    const profile = latest ? latest.checkpoint.profile : await profileTask(task, config);
    if (profile) await emit(profileEvent(profile));
    const { trainer, average, rule, count } = await makeTrainer(parts, task, disposables, emit);
    const data = await fingerprintFiles(pathsOf(config.data));
    // Nothing is written before all that can be wrong with the config and the text has been found.
    const log = await openRunLog(output, {
      tensorBoard: config.log.tensorBoard,
      ...(before ? { resumedAfter: updated ?? 0 } : {}),
    });
    await teller.open(log);
    if (latest) {
      const { folder, skipped } = latest;
      await emit({ event: 'resumed', update: updated ?? 0, folder, skipped });
    }
    await writeVocabulary(vocabularyPath(output), task.vocabulary);
    await writeRunRecord(output, {
      config: { ...config, replicas: count },
      seed: config.seed,
      data,
      starts: [...(before?.record.starts ?? []), runStart()],
    });
    const { run: resumed } = latest?.checkpoint.training ?? {};
    const trained = await runLoop({
      ...{ config, task, trainer, rule, series, signal, emit },
      ...(average ? { average } : {}),
      ...(profile ? { profile } : {}),
      ...(resumed ? { resumed } : {}),
    });
    const whole = trained === 'done' || trained === 'early';
    const finished = whole
      ? await unlessAborted(signal, () => finishRun({ config, task, series, own, emit, signal }))
      : undefined;
    const ending = whole && !finished ? 'stopped' : trained;
    const best = (await series.best())?.metric;
    const result: TrainResult = {
      ending,
      folder: output,
      update: trainer.updates,
      ...(finished ? { model: finished.folder } : {}),
      ...(best === undefined ? {} : { best }),
      ...(finished?.test ? { test: finished.test } : {}),
    };
    await replaceText(join(output, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
    await emit({
      event: 'end',
      ending,
      update: trainer.updates,
      seconds: (performance.now() - began) / 1000,
      ...(finished ? { model: finished.folder } : {}),
    });
    return result;
  } finally {
    for (const dispose of disposables.reverse()) await dispose();
  }
};
