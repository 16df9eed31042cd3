import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { anyRecord, fields, parseAs, SteadyformerError, such } from '@steadyformer/core';
import { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import { needed } from '../../checks/schemas';
import { bytesOfFirst, type Ranks, textOfFirst } from '../../training/ranks';
import { type GivenConfig, runConfig } from '../runConfig';
import { RUN, readRunRecord, writeRunRecord } from './runRecord';

/** What the folder of a run holds that others need to go on with it: its record, and the newest checkpoint. */
const startFiles = async (output: string): Promise<string[]> => {
  if (!(await readRunRecord(output))) return [];
  const latest = await (await CheckpointSeries.open(join(output, 'checkpoints'))).latest();
  if (!latest) return [join(output, RUN)];
  const names = await readdir(latest.folder);
  return [join(output, RUN), ...names.map((name) => join(latest.folder, name))];
};

/**
 * Rank 0's part of `receiveRun`: gives the others its config and, where its folder holds the run, what they need to go on
 * with it. Before `train`, which all ranks then call.
 *
 * @throws SteadyformerError where the folder's files cannot be read
 */
export const sendRun = async (ranks: Ranks, config: GivenConfig): Promise<void> => {
  const { output } = runConfig(config);
  const files = await startFiles(output);
  const names = files.map((file) => relative(output, file).replaceAll('\\', '/'));
  await textOfFirst(ranks, JSON.stringify({ config, names }));
  for (const file of files) await bytesOfFirst(ranks, await readFile(file));
};

/** A run that another process hosts. */
export interface ReceivedRun {
  /** With a folder of this process's own, for as long as it trains. */
  readonly config: GivenConfig;
  /** Deletes the folder. */
  readonly dispose: () => Promise<void>;
}

const NAME = /^(?:run\.json|checkpoints\/update-\d+\/[\w-][\w.-]*)$/u;

const said = () =>
  fields({
    config: needed(anyRecord()),
    names: needed(
      such<readonly string[]>(
        "names of a run's files",
        (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && NAME.test(name)),
      ),
    ),
  });

/**
 * The run that rank 0 hosts (`sendRun`), with a folder for temporary files in the place of its own.
 *
 * @param change what this process has otherwise, such as paths of its data
 * @throws SteadyformerError on what is no run
 */
export const receiveRun = async (
  ranks: Ranks,
  change: (config: GivenConfig) => GivenConfig = (config) => config,
): Promise<ReceivedRun> => {
  const text = await textOfFirst(ranks, '');
  const { config, names } = parseAs(said(), jsonOf(text), 'what rank 0 sent');
  const output = await mkdtemp(join(tmpdir(), 'steadyformer-'));
  const dispose = (): Promise<void> => rm(output, { recursive: true, force: true });
  try {
    for (const name of names) {
      const path = join(output, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await bytesOfFirst(ranks, new Uint8Array(0)));
    }
    const record = await readRunRecord(output);
    if (record) await writeRunRecord(output, { ...record, config: change(record.config) });
    return { config: { ...change(config), output }, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new SteadyformerError('what rank 0 sent is no JSON. Install the same version on all machines.');
  }
};
