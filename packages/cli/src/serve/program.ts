import type { Command } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { fromZero, positive, positiveWhole } from '../program/values';
import { addComputeTypeOption } from '../translate/computeType';
import { addReplicasOption } from '../translate/replicas';
import { runServe, type ServedBy } from './serve';
import { DEFAULTS, type ServeSettings } from './settings';

type ServeCommand = Omit<ServeSettings, 'log' | 'timeout' | 'grace'> &
  ServedBy & {
    /** Seconds. */
    readonly timeout: number;
    readonly grace: number;
    readonly log?: boolean;
  };

/** Adds `steadyformer serve`. */
export const addServe = (root: Command, line: CommandLine): void => {
  const serve = addReplicasOption(
    root
      .command('serve')
      .description('Serve translation models over HTTP, with a page to type into.')
      .argument(
        '<models...>',
        "folders of runs, models or checkpoints; name=folder names one, else its folder's name does",
      ),
    'one a core and model on onnxruntime',
  );
  addComputeTypeOption(serve)
    .option('--host <address>', 'to listen on; this machine alone unless told', DEFAULTS.host)
    .option('-p, --port <n>', 'to listen on; 0 for any that is free', fromZero, DEFAULTS.port)
    .option(
      '--max-requests <n>',
      'requests answered at a time; more get 429',
      positiveWhole,
      DEFAULTS.maxRequests,
    )
    .option('--max-queue <n>', 'texts that wait, a model; more get 503', positiveWhole, DEFAULTS.maxQueue)
    .option('--max-texts <n>', 'texts, and lines of them, of a request', positiveWhole, DEFAULTS.maxTexts)
    .option('--max-characters <n>', 'characters of a request', positiveWhole, DEFAULTS.maxCharacters)
    .option('--max-beam <n>', 'largest beam that a request may ask for', positiveWhole, DEFAULTS.maxBeam)
    .option('--timeout <s>', 'of a request', positive, DEFAULTS.timeout / 1000)
    .option(
      '--grace <s>',
      'for what is at work when a signal ends the server',
      positive,
      DEFAULTS.grace / 1000,
    )
    .option('--max-batch <n>', 'texts translated at a time', positiveWhole, DEFAULTS.maxBatch)
    .option('--wait <ms>', 'that a text waits for others to be translated with', fromZero, DEFAULTS.wait)
    .option('--cors <origin>', 'let pages of this origin ask, or of all by *')
    .option('--log', 'log every request as a line of JSON on the error stream')
    .option('--backend <name>', 'what computes', 'auto')
    .action(
      (
        models: string[],
        { backend, replicas, computeType, log = false, timeout, grace, ...rest }: ServeCommand,
      ) => {
        const { error } = line.streams;
        const settings: ServeSettings = {
          ...rest,
          timeout: 1000 * timeout,
          grace: 1000 * grace,
          ...(log ? { log: (record: object) => error(`${JSON.stringify(record)}\n`) } : {}),
        };
        return runServe(models, settings, { backend, replicas, computeType }, line);
      },
    );
};
