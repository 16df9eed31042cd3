import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import { SteadyformerError, show } from '@steadyformer/core';
import type { Ranks } from '../training/ranks';
import { Collectives } from './collectives';
import { type Deferred, deferred } from './deferred';
import { explained, timeLimit, tooLong, within } from './limits';
import { listen } from './listen';
import {
  bytesOf,
  CALL,
  type Call,
  combine,
  gets,
  lineOf,
  numbersOf,
  RANK,
  RUN_HERE,
  readBody,
  sends,
} from './wire';

/** Options of `hostRanks`. */
export interface HostOptions {
  /** 0 for any that is free. */
  readonly port: number;
  /** The address to listen on. Default: all of this machine. */
  readonly host?: string;
  /** Workers in all, this process included. */
  readonly size: number;
  /** What workers have to know to join. */
  readonly token: string;
  /** The version of the program, which all workers have to have alike. */
  readonly version: string;
  /** Longest wait for the others, in seconds. Default: as `STEADYFORMER_HTTP_TIMEOUT` says, or 600. */
  readonly timeout?: number;
}

/** A worker's part of a call. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly line: string;
}

/** What a worker says to join, in bytes. */
const SHORT = 4096;
/** How long a host that has failed still tells the others why, ms. */
const LAST_WORDS = 2000;

/**
 * Rank 0 of ranks over plain HTTP, in a star: the others send it what is to be added up, and fetch the sum. Sums are made in
 * the order of the ranks, so that all get the same bits. Whoever has the token can join; nothing is encrypted.
 *
 * @throws SteadyformerError where nothing can listen on the port
 */
export const hostRanks = async (options: HostOptions): Promise<HostRanks> => {
  const { port, host, timeout } = options;
  const limit = timeLimit(timeout);
  const server = createServer();
  // Sockets stay open between calls, and a call may wait as long as the limit says.
  Object.assign(server, { requestTimeout: 0, timeout: 0, keepAliveTimeout: 0 });
  await listen(server, port, host);
  return new HostRanks(server, options, limit);
};

/** Made by `hostRanks`. */
export class HostRanks extends Collectives implements Ranks {
  readonly rank: number = 0;
  readonly size: number;
  /** The ranks share no files. */
  readonly apart: boolean = true;
  /** That it listens on. */
  readonly port: number;
  private made = 0;
  private readonly meetings: Map<number, Map<number, Deferred<Visit>>> = new Map();
  private readonly joins: Deferred<ServerResponse>[];
  private taken = 0;
  /** Calls of others that have no answer yet. */
  private readonly open: Set<ServerResponse> = new Set();
  private readonly failed: Deferred<never> = deferred<never>();
  private failure: Error | undefined;
  private done = false;

  constructor(
    private readonly server: Server,
    private readonly options: Omit<HostOptions, 'port'>,
    private readonly limit: number,
  ) {
    super();
    this.size = options.size;
    this.port = (server.address() as AddressInfo).port;
    this.joins = Array.from({ length: this.size - 1 }, () => deferred<ServerResponse>());
    server.on('request', (request, response) => {
      this.answer(request, response).catch((error: Error) => refuse(response, 400, error.message));
    });
    server.on('clientError', (_, socket) => socket.destroy());
  }

  /** Resolves once all workers have joined. @throws SteadyformerError past the time limit */
  async joined(): Promise<void> {
    const all = Promise.all(this.joins.map(({ promise }) => promise));
    const late = (): Error =>
      tooLong(`${this.taken} of ${this.size - 1} other workers have joined`, this.limit);
    await this.unlessFailed(all, late);
  }

  async finalize(): Promise<void> {
    if (this.failure || this.done) return;
    await this.call({ operation: 'finalize', root: 0, numbers: undefined });
    this.end({ done: true });
  }

  /** Ends the run for all, who are told why. */
  abort(reason: string): void {
    this.fail(new SteadyformerError(reason));
  }

  protected override async call(call: Call): Promise<void> {
    const number = this.made++;
    const late = (): Error => {
      const missing = this.others().filter((rank) => !this.meetings.get(number)?.has(rank));
      const who = missing.length > 0 ? missing : this.others();
      return tooLong(
        `no answer of ${who.map((rank) => `rank ${rank}`).join(', ')} to ${lineOf(call)}`,
        this.limit,
      );
    };
    await this.unlessFailed(this.meet(number, call), late);
    this.meetings.delete(number);
  }

  private async unlessFailed<T>(work: Promise<T>, late: () => Error): Promise<T> {
    work.catch(() => {});
    try {
      if (this.failure) throw this.failure;
      return await within(Promise.race([work, this.failed.promise]), this.limit, late);
    } catch (error) {
      this.fail(await explained(error as Error, this.failed.promise, 'a worker'));
      throw this.failure ?? error;
    }
  }

  private async meet(number: number, call: Call): Promise<void> {
    const { operation, root, numbers } = call;
    const line = lineOf(call);
    const sent = operation === 'broadcast' && root === 0 ? bytesOf(numbers!) : undefined;
    const visits = this.others().map(async (rank) => {
      const visit = await this.visitOf(number, rank).promise;
      if (visit.line !== line) {
        throw new SteadyformerError(`ranks make different calls: rank 0 ${line}, rank ${rank} ${visit.line}`);
      }
      const own =
        numbers && sends(call, rank)
          ? numbersOf(await bodyOf(visit.request, numbers.byteLength), numbers)
          : undefined;
      if (sent) await this.reply(visit, sent);
      return { rank, visit, own };
    });
    const all = await Promise.all(visits);
    if (sent) return;
    for (const { own } of all) {
      if (!own) continue;
      if (operation === 'broadcast') numbers!.set(own);
      else combine(numbers!, own, operation === 'max' ? 'max' : 'sum');
    }
    const result = numbers ? bytesOf(numbers) : Buffer.alloc(0);
    await Promise.all(
      all.map(({ rank, visit }) => this.reply(visit, gets(call, rank) ? result : Buffer.alloc(0))),
    );
  }

  private async reply({ response }: Visit, bytes: Buffer): Promise<void> {
    response.writeHead(200, { 'content-length': bytes.length });
    response.end(bytes);
    await finished(response);
    this.open.delete(response);
  }

  private others(): number[] {
    return Array.from({ length: this.size - 1 }, (_, i) => i + 1);
  }

  private visitOf(number: number, rank: number): Deferred<Visit> {
    const meeting = this.meetings.get(number) ?? new Map<number, Deferred<Visit>>();
    this.meetings.set(number, meeting);
    const visit = meeting.get(rank) ?? deferred<Visit>();
    meeting.set(rank, visit);
    return visit;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    response.setHeader(RUN_HERE, 'yes');
    if (!isToken(request.headers.authorization, this.options.token)) {
      return refuse(response, 401, 'the token is not that of the run; the host has printed it');
    }
    if (this.failure) return refuse(response, 500, this.failure.message);
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    if (request.method === 'POST' && pathname === '/join') return this.join(request, response);
    const rank = Number(request.headers[RANK]);
    if (request.method !== 'POST' || !this.others().includes(rank)) {
      return refuse(response, 404, 'there is a run of steadyformer here, and nothing else');
    }
    if (pathname === '/leave') {
      const why = await bodyOf(request, undefined);
      refuse(response, 200, '');
      return this.fail(new SteadyformerError(`rank ${rank}: ${why.toString('utf8')}`));
    }
    const number = Number(/^\/call\/(\d{1,15})$/u.exec(pathname)?.[1]);
    const line = request.headers[CALL];
    if (!Number.isSafeInteger(number) || typeof line !== 'string')
      return refuse(response, 404, 'no such call');
    this.open.add(response);
    this.visitOf(number, rank).resolve({ request, response, line });
  }

  private async join(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { version } = JSON.parse((await bodyOf(request, undefined)).toString('utf8')) as {
      version?: unknown;
    };
    if (version !== this.options.version) {
      const own = `version ${this.options.version} trains here, and ${show(version)} wants to join`;
      return refuse(response, 409, `${own}; install the same on all machines`);
    }
    if (this.taken === this.size - 1) {
      return refuse(response, 409, `all of the ${this.size} workers are there; start the run with more`);
    }
    const rank = ++this.taken;
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(`${JSON.stringify({ rank, size: this.size })}\n`);
    const from = request.socket.remoteAddress ?? 'unknown';
    request.socket.setKeepAlive(true, 10_000);
    response.on('close', () => {
      if (this.done) return;
      const gone = `rank ${rank} (${from}) has ended, or cannot be reached any more`;
      this.fail(
        new SteadyformerError(`${gone}. The newest checkpoint stays: the same commands go on from it.`),
      );
    });
    this.joins[rank - 1]!.resolve(response);
  }

  private fail(error: Error): void {
    if (this.done) return;
    this.failure = error;
    for (const response of this.open) refuse(response, 500, error.message);
    this.failed.reject(error);
    this.end({ error: error.message });
  }

  /** The last line to all that have joined. */
  private end(last: Readonly<Record<string, unknown>>): void {
    this.done = true;
    for (const { promise } of this.joins.slice(0, this.taken)) {
      void promise.then((response) => response.end(`${JSON.stringify(last)}\n`));
    }
    this.server.close();
    this.server.closeIdleConnections();
    setTimeout(() => this.server.closeAllConnections(), LAST_WORDS).unref();
  }
}

const refuse = (response: ServerResponse, status: number, reason: string): void => {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  // What the body holds is not read.
  response.writeHead(status, { connection: 'close', 'content-type': 'text/plain; charset=utf-8' });
  response.end(reason);
};

/** A body as long as it says, or as a call makes it. @throws SteadyformerError where it is of another length, before it is read */
const bodyOf = (request: IncomingMessage, wanted: number | undefined): Promise<Buffer> => {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  const fits = wanted === undefined ? length <= SHORT : length === wanted;
  if (!fits)
    throw new SteadyformerError(
      `a body of ${length} bytes received, allowed ${wanted ?? `at most ${SHORT}`}`,
    );
  return readBody(request, length);
};

const isToken = (header: string | undefined, token: string): boolean => {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};
