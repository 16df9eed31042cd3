import { Agent, type IncomingMessage, request as startRequest } from 'node:http';
import { SteadyformerError, show } from '@steadyformer/core';
import type { Ranks } from '../training/ranks';
import { Collectives } from './collectives';
import { type Deferred, deferred } from './deferred';
import { explained, timeLimit, tooLong, within } from './limits';
import { bytesOf, CALL, type Call, gets, lineOf, numbersOf, RANK, RUN_HERE, readBody, sends } from './wire';

/** Options of `joinRanks`. */
export interface JoinOptions {
  /** Of rank 0, such as 'http://10.0.0.1:7000'. */
  readonly url: string;
  readonly token: string;
  /** The version of the program, which all workers have to have alike. */
  readonly version: string;
  /** Longest wait for the others, in seconds. Default: as `STEADYFORMER_HTTP_TIMEOUT` says, or 600. */
  readonly timeout?: number;
}

/** Seconds that a host may take to say that somebody listens. */
const CONNECT = 20;
/** Sockets at a time: calls made together are on their way together. */
const SOCKETS = 6;
/** Longest line that is taken from a host. */
const LONGEST = 65_536;

const START =
  'Start `steadyformer train CONFIG --listen PORT` there first, and give the address that it prints.';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'it does not answer',
};

const address = (url: string): URL => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const sound = parsed?.protocol === 'http:' && parsed.pathname === '/' && parsed.search === '';
  if (parsed && sound) return parsed;
  throw new SteadyformerError(
    `URL: received ${show(url)}, allowed http://HOST:PORT, as the host of the run prints it`,
  );
};

/**
 * Joins the ranks of a run that another process hosts (`hostRanks`).
 *
 * @throws SteadyformerError where nobody listens at the URL or it is no run's, the token or the version is another, or all are there
 */
export const joinRanks = async (options: JoinOptions): Promise<JoinedRanks> => {
  const url = address(options.url);
  const limit = timeLimit(options.timeout);
  const late = (): Error => new SteadyformerError(`${url.origin} does not answer. ${START}`);
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  try {
    const body = Buffer.from(JSON.stringify({ version: options.version }));
    const response = await within(
      post({ url: new URL('/join', url), token: options.token, agent: undefined, headers: {}, body }),
      Math.min(CONNECT, limit),
      late,
    );
    const lines = linesOf(response);
    const first = await within(lines.next(), limit, late);
    const { rank, size } = (first.value ?? {}) as { readonly rank?: unknown; readonly size?: unknown };
    if (!Number.isSafeInteger(rank) || !Number.isSafeInteger(size)) {
      response.destroy();
      throw new SteadyformerError(`${url.origin} answers, and is no run of steadyformer. ${START}`);
    }
    const place = { rank: rank as number, size: size as number };
    return new JoinedRanks({ url, token: options.token, agent, response, lines }, place, limit);
  } catch (error) {
    agent.destroy();
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!Object.hasOwn(REASONS, code)) throw error;
    throw new SteadyformerError(`${url.origin} cannot be reached: ${REASONS[code]}. ${START}`, {
      cause: error,
    });
  }
};

interface Line {
  readonly url: URL;
  readonly token: string;
  readonly agent: Agent;
  /** Open as long as both are there. */
  readonly response: IncomingMessage;
  readonly lines: AsyncGenerator<unknown>;
}

/** Made by `joinRanks`. */
export class JoinedRanks extends Collectives implements Ranks {
  readonly rank: number;
  readonly size: number;
  /** The ranks share no files. */
  readonly apart: boolean = true;
  private made = 0;
  private readonly failed: Deferred<never> = deferred<never>();
  private failure: Error | undefined;
  private done = false;

  constructor(
    private readonly line: Line,
    { rank, size }: Pick<Ranks, 'rank' | 'size'>,
    private readonly limit: number,
  ) {
    super();
    this.rank = rank;
    this.size = size;
    line.response.socket.setKeepAlive(true, 10_000);
    void this.listen();
  }

  async finalize(): Promise<void> {
    if (this.failure || this.done) return;
    await this.call({ operation: 'finalize', root: 0, numbers: undefined });
    this.end();
  }

  /** Leaves, which ends the run for all; they are told why. */
  async abort(reason: string): Promise<void> {
    if (this.done) return;
    const body = Buffer.from(reason.slice(0, 1000));
    const told = this.post('/leave', body, {}).then((response) => response.resume());
    await within(told, 2, () => new Error('late')).catch(() => {});
    this.fail(new SteadyformerError(reason));
  }

  protected override async call(call: Call): Promise<void> {
    const path = `/call/${this.made++}`;
    const { numbers } = call;
    const body = numbers && sends(call, this.rank) ? bytesOf(numbers) : Buffer.alloc(0);
    const work = async (): Promise<void> => {
      const response = await this.post(path, body, { [CALL]: lineOf(call) });
      const wanted = gets(call, this.rank) ? numbers : undefined;
      const bytes = await readBody(response, wanted?.byteLength ?? 0);
      if (wanted) wanted.set(numbersOf(bytes, wanted));
    };
    const late = (): Error => tooLong(`no answer of rank 0 to ${lineOf(call)}`, this.limit);
    try {
      if (this.failure) throw this.failure;
      const made = work();
      made.catch(() => {});
      await within(Promise.race([made, this.failed.promise]), this.limit, late);
    } catch (error) {
      this.fail(await explained(error as Error, this.failed.promise, 'rank 0'));
      throw this.failure ?? error;
    }
  }

  private post(
    path: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    const { url, token, agent } = this.line;
    const own = { ...headers, [RANK]: String(this.rank) };
    return post({ url: new URL(path, url), token, agent, headers: own, body });
  }

  /** Hears the host's last line, or that there is none. */
  private async listen(): Promise<void> {
    const gone = 'rank 0 has ended, or cannot be reached any more';
    try {
      for await (const said of this.line.lines) {
        const { error, done } = said as { readonly error?: unknown; readonly done?: unknown };
        if (done === true) return this.end();
        if (typeof error === 'string') return this.fail(new SteadyformerError(error));
      }
    } catch {
      // As if it had ended.
    }
    this.fail(new SteadyformerError(`${gone}. Join again once it goes on from its newest checkpoint.`));
  }

  private fail(error: Error): void {
    if (this.done) return;
    this.failure = error;
    this.failed.reject(error);
    this.end();
  }

  private end(): void {
    this.done = true;
    this.line.response.destroy();
    this.line.agent.destroy();
  }
}

/** Lines of JSON. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<unknown> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      yield parsed(text.slice(0, end));
      text = text.slice(end + 1);
    }
    if (text.length > LONGEST) return;
  }
}

const parsed = (line: string): unknown => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};

interface Post {
  readonly url: URL;
  readonly token: string;
  readonly agent: Agent | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** @throws SteadyformerError with what the host says where it refuses */
const post = ({ url, token, agent, headers, body }: Post): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = startRequest(
      url,
      {
        method: 'POST',
        agent: agent ?? false,
        headers: { ...headers, authorization: `Bearer ${token}`, 'content-length': body.length },
      },
      (response) => {
        if (response.headers[RUN_HERE] === undefined) {
          response.destroy();
          return reject(
            new SteadyformerError(`${url.origin} answers, and is no run of steadyformer. ${START}`),
          );
        }
        if (response.statusCode === 200) return resolve(response);
        readText(response).then(
          (reason) =>
            reject(new SteadyformerError(response.statusCode === 500 ? reason : `${url.origin}: ${reason}`)),
          reject,
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });

/** What an answer says, at most so much of it. */
const readText = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > LONGEST) break;
  }
  return text.slice(0, 1000);
};
