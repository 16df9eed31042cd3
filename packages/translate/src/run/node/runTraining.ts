import { join } from 'node:path';
import { replaceText } from '../../checks/node/replaceText';
import { isFirst, onAll } from '../../training/ranks';
import { checkAgreement, factsOf, filesOf } from './agreement';
import { fingerprintFiles } from './fingerprint';
import { finishRun } from './finish';
import { goingOnWarnings, jointSignal, outerSignal, shareWeights } from './joinedRun';
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
  const { own = {}, signal: asked = new AbortController().signal, ranks } = options;
  const first = isFirst(ranks);
  const joint = config.outer.every > 0 ? outerSignal(asked) : jointSignal(ranks, asked);
  const { signal, isAborted } = joint;
  const began = performance.now();
  const teller = new Teller(options.onEvent);
  const { emit } = teller;
  const disposables: (() => unknown)[] = [() => teller.close()];
  const latest = before?.latest;
  const updated = latest?.checkpoint.training?.optimizer.updates;
  try {
    await emit({ event: 'backend', name: backend.name, message: backend.message });
    const apart = ranks?.apart ?? false;
    const known = ranks && (await onAll(ranks, () => fingerprintFiles(filesOf(config, apart))));
    if (ranks && known) {
      const facts = {
        ...{ config, apart },
        data: known,
        backend: backend.name,
        ...(updated === undefined ? {} : { update: updated }),
      };
      await checkAgreement(ranks, factsOf(facts));
    }
    // Before there is a learner nothing but its own signal ends a process that is alone.
    const early = ranks ? signal : asked;
    const task = await onAll(ranks, () => unlessAborted(early, () => prepareTask(parts, emit, early)));
    // Before there is anything to train nothing has to be kept.
    if (!task) {
      await ranks?.finalize();
      return { ending: 'stopped', folder: output, update: updated ?? 0 };
    }
    disposables.push(() => task.model.dispose());
    const profile = latest ? latest.checkpoint.profile : await profileTask(task, config);
    if (profile) await emit(profileEvent(profile));
    if (ranks) await shareWeights(ranks, task.model);
    const made = await makeTrainer(parts, task, disposables, emit, joint);
    const { trainer, average, rule, count, outer } = made;
    const paths = pathsOf(config.data);
    const files = known?.slice(0, paths.length) ?? (await fingerprintFiles(paths));
    // Nothing is written before all that can be wrong with the config and the text has been found.
    if (first) {
      const log = await openRunLog(output, {
        tensorBoard: config.log.tensorBoard,
        ...(before ? { resumedAfter: updated ?? 0 } : {}),
      });
      await teller.open(log);
    }
    if (latest) {
      const { folder, skipped } = latest;
      await emit({ event: 'resumed', update: updated ?? 0, folder, skipped });
    }
    for (const message of goingOnWarnings(latest && before?.record, ranks?.size ?? 1, config))
      await emit({ event: 'warning', update: updated ?? 0, message });
    if (first) {
      await writeVocabulary(vocabularyPath(output), task.vocabulary);
      await writeRunRecord(output, {
        config: { ...config, replicas: count },
        seed: config.seed,
        data: files,
        starts: [
          ...(before?.record.starts ?? []),
          { ...runStart(), ...(ranks ? { ranks: ranks.size } : {}) },
        ],
      });
    }
    const { run: resumed } = latest?.checkpoint.training ?? {};
    const trained = await runLoop({
      ...{ config, task, trainer, rule, series, signal, isAborted, emit },
      ...(ranks ? { ranks } : {}),
      ...(average ? { average } : {}),
      ...(outer ? { outer } : {}),
      ...(profile ? { profile } : {}),
      ...(resumed ? { resumed } : {}),
    });
    // What is left rank 0 does alone, and none waits for it.
    await ranks?.finalize();
    if (!first) return { ending: trained, folder: output, update: trainer.updates };
    const whole = trained === 'done' || trained === 'early';
    const finished = whole
      ? await unlessAborted(asked, () => finishRun({ config, task, series, own, emit, signal: asked }))
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
