import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { SteadyformerError, show } from '@steadyformer/core';
import { isLaunched } from '@steadyformer/mpi';
import { type GivenConfig, type HostRanks, hostRanks, sendRun } from '@steadyformer/translate/node';
import { version } from '../../package.json';
import { row } from '../output/screen';
import type { CommandLine } from '../program/commandLine';
import { reasonOf } from '../program/errors';

/** What `steadyformer train` is told of workers that join it. */
export interface HostCommand {
  /** `PORT`, or `ADDRESS:PORT`. */
  readonly listen: string;
  /** In all, this process included. */
  readonly workers: number;
  readonly token?: string;
}

const LISTEN = /^(?:(?<host>[^:]+|\[[\da-fA-F:.]+\]):)?(?<port>\d{1,5})$/u;

const placeOf = (listen: string): { readonly host?: string; readonly port: number } => {
  const { host, port } = LISTEN.exec(listen)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) {
    throw new SteadyformerError(
      `--listen: received ${show(listen)}, allowed PORT or ADDRESS:PORT, such as 7000 or 10.0.0.1:7000`,
    );
  }
  return { port: Number(port), ...(host === undefined ? {} : { host: host.replaceAll(/[[\]]/gu, '') }) };
};

/** Of this machine, for others to type. */
const ownAddress = (): string =>
  Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? 'localhost';

const TOKEN = /^[\w.~+/=-]+$/u;

/** Trains as rank 0 of workers that join over HTTP, once all of them have. */
export const asHost = async (
  { listen, workers, token = randomBytes(12).toString('hex') }: HostCommand,
  config: GivenConfig,
  { streams }: Pick<CommandLine, 'streams'>,
  work: (ranks: HostRanks) => Promise<void>,
): Promise<void> => {
  if (isLaunched()) {
    throw new SteadyformerError('--listen: a launcher of MPI started this process; leave out one of the two');
  }
  if (!TOKEN.test(token)) {
    throw new SteadyformerError('--token: allowed are letters, digits and - . _ ~ + / = without spaces');
  }
  const place = placeOf(listen);
  const ranks = await hostRanks({ ...place, size: workers, token, version });
  try {
    const url = `http://${place.host?.includes(':') ? `[${place.host}]` : (place.host ?? ownAddress())}:${ranks.port}`;
    const others = `${workers - 1} other${workers === 2 ? '' : 's'}`;
    streams.out(`${row('listening', `for ${others}, each: steadyformer join ${url} --token ${token}`)}\n`);
    await ranks.joined();
    await sendRun(ranks, config);
    await work(ranks);
  } catch (error) {
    ranks.abort(reasonOf(error) ?? 'rank 0 has ended');
    throw error;
  }
};
