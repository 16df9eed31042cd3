import { selectBackend } from '@steadyformer/core';
import { saveCheckpoint } from '@steadyformer/translate/node';
import type { Command } from 'commander';
import { checkNewFolder } from '../output/newOutput';
import { format } from '../output/table';
import { uninterrupted } from '../output/uninterrupted';
import type { CommandLine } from '../program/commandLine';
import { positiveWhole } from '../program/values';
import { average, foldersToAverage } from './average';
import { findCheckpoints, loadOne } from './found';
import { type Inspected, inspect } from './inspect';
import { inspectText } from './inspectText';
import { fold } from './reparameterize';

interface JsonOption {
  readonly json?: boolean;
}

interface WriteOptions extends JsonOption {
  readonly out: string;
  readonly force?: boolean;
}

const OUT = 'the folder to write to';
const FORCE = 'replace the checkpoint that is in it';
const JSON_RESULT = 'print the result as JSON';

/** Adds `steadyformer inspect`, `average` and `reparameterize`. */
export const addCheckpoints = (root: Command, line: CommandLine): void => {
  addInspect(root, line);
  addAverage(root, line);
  addReparameterize(root, line);
};

const addInspect = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('inspect')
    .description(
      "Say what a checkpoint, or a run's newest and best, is: model, omegas, vocabulary, training.",
    )
    .argument('<folder>', "a checkpoint's folder, or a run's")
    .option('--json', 'print it as JSON')
    .action(async (folder: string, { json = false }: JsonOption) => {
      const { checkpoints, skipped, run } = await findCheckpoints(folder);
      // Nothing is computed.
      await selectBackend('cpu');
      const found: Inspected[] = [];
      for (const each of checkpoints) found.push(await inspect(each));
      const text = json
        ? JSON.stringify({ checkpoints: found, skipped, run: run ?? null }, null, 2)
        : inspectText(found, skipped, run);
      streams.out(`${text}\n`);
    });

const addAverage = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('average')
    .description('Write a model whose weights are the mean of those of several checkpoints.')
    .argument('<folders...>', "checkpoints' folders, or with --last a run's")
    .requiredOption('-o, --out <folder>', OUT)
    .option('--last <n>', "so many of a run's newest checkpoints", positiveWhole)
    .option('--force', FORCE)
    .option('--json', JSON_RESULT)
    .action(async (folders: string[], options: WriteOptions & { readonly last?: number }) => {
      await checkNewFolder(options.out, options);
      const chosen = await foldersToAverage(folders, options);
      const mean = await average(chosen);
      await uninterrupted(() => saveCheckpoint(options.out, mean));
      const said = `the mean of ${chosen.join(', ')}\nwrote ${options.out}`;
      streams.out(`${options.json ? JSON.stringify({ averaged: chosen, folder: options.out }) : said}\n`);
    });

const addReparameterize = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('reparameterize')
    .description(
      'Fold the omegas of an Admin model away: write the plain Post-LN model of the same function.',
    )
    .argument('<folder>', "a checkpoint's folder")
    .requiredOption('-o, --out <folder>', OUT)
    .option('--max-length <tokens>', 'of the longest sentence it will see', positiveWhole, 1024)
    .option('--backend <name>', 'what computes', 'auto')
    .option('--force', FORCE)
    .option('--json', JSON_RESULT)
    .action(
      async (
        folder: string,
        options: WriteOptions & { readonly maxLength: number; readonly backend: string },
      ) => {
        await checkNewFolder(options.out, options);
        const checkpoint = await loadOne(folder);
        const { message } = await selectBackend(options.backend);
        streams.error(`${message}\n`);
        const { checkpoint: plain, difference, batch } = await fold(checkpoint, options.maxLength);
        await uninterrupted(() => saveCheckpoint(options.out, plain));
        const { largest, scale } = difference;
        const said = `the largest difference of a logit is ${format(largest)}, of at most ${format(scale)}, on ${batch.join(' x ')} random ids\nwrote ${options.out}`;
        const json = { folder: options.out, difference, batch };
        streams.out(`${options.json ? JSON.stringify(json) : said}\n`);
      },
    );
