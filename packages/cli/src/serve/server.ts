import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Metrics, makeMetrics } from './metrics';
import type { ServedModel } from './models';
import { PAGE_HEADERS, pageHtml } from './page';
import { Problem } from './problem';
import { readRequest, type TranslateRequest } from './request';
import type { ServeSettings } from './settings';
import { eventStream } from './stream';
import { translateRequest } from './translations';

/** A server of models, from before they are loaded to after it was told to end. */
export interface Server {
  readonly app: FastifyInstance;
  readonly metrics: Metrics;
  /** From now on requests are answered. */
  readonly ready: (models: readonly ServedModel[]) => void;
  /** Refuses new work, lets what is at work come to its end within the time of grace, and closes. */
  readonly end: () => Promise<void>;
}

/** The methods of each route, for who asks with another. */
const ROUTES: Readonly<Record<string, string>> = {
  '/': 'GET',
  '/translate': 'POST',
  '/health': 'GET',
  '/ready': 'GET',
  '/metrics': 'GET',
};
const ROUTE_LIST = Object.entries(ROUTES)
  .map(([path, method]) => `${method} ${path}`)
  .join(', ');

/** UTF-8 of a character of text at its longest, as JSON escapes it: \uXXXX. */
const BYTES = 6;
const REST = 2 ** 14;

/** Builds the server; it does not listen yet. */
export const makeServer = async (settings: ServeSettings): Promise<Server> => {
  const { fastify } = await import('fastify');
  const { timeout, maxRequests, maxCharacters } = settings;
  const app = fastify({
    bodyLimit: maxCharacters * BYTES + REST,
    requestTimeout: timeout,
    connectionTimeout: 2 * timeout,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 100 },
    http: { headersTimeout: timeout, connectionsCheckingInterval: Math.min(5000, timeout) },
    exposeHeadRoutes: false,
  });
  let models: readonly ServedModel[] = [];
  let isReady = false;
  const metrics = await makeMetrics(() => models);
  const active = new Set<Promise<void>>();
  const ending = new AbortController();
  // One a request at work, as many as there may be.
  setMaxListeners(0, ending.signal);
  let draining = false;

  // Only JSON, which no page of another origin can send unasked.
  app.removeContentTypeParser('text/plain');
  addErrors(app);
  addLog(app, settings, metrics);
  if (settings.cors !== undefined) addCors(app, settings.cors);

  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async (_, reply) => {
    const able = isReady && !draining;
    if (!able) reply.code(503);
    return { ready: able, models: models.map(({ name }) => name) };
  });
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  app.get('/', async (_, reply) => {
    const html = pageHtml(
      models.map(({ name }) => name),
      settings,
    );
    return reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(html);
  });
  app.post('/translate', async (request, reply) => {
    if (draining) throw new Problem(503, 'the server is ending', { next: 'Ask another one.' }, 1);
    if (!isReady)
      throw new Problem(503, 'the models are being loaded', { next: 'Try again in a second.' }, 1);
    const asked = readRequest(
      request.body,
      models.map(({ name }) => name),
      settings,
    );
    if (active.size >= maxRequests) {
      throw new Problem(
        429,
        'too many requests at a time',
        {
          received: String(active.size + 1),
          allowed: `up to ${maxRequests}`,
          next: 'Try again in a second.',
        },
        1,
      );
    }
    Object.assign(request, { served: { model: asked.model, texts: asked.texts.length } });
    const model = models.find(({ name }) => name === asked.model)!;
    const work = answer(request, reply, model, asked, ending.signal, timeout);
    const settled = work.then(
      () => {},
      () => {},
    );
    active.add(settled);
    void settled.then(() => active.delete(settled));
    return work;
  });

  return {
    app,
    metrics,
    ready: (loaded) => {
      models = loaded;
      isReady = true;
    },
    end: async () => {
      draining = true;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(() => {
          ending.abort(new Problem(503, 'the server has ended', { next: 'Ask another one.' }, 1));
          resolve();
        }, settings.grace);
      });
      await Promise.race([Promise.all(active), late]);
      clearTimeout(timer);
      // What was stopped still gets its answer.
      await Promise.race([Promise.all(active), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      await app.close();
    },
  };
};

/** What may end the work on a request before it is done: it takes too long, its client goes away, the server ends. */
const bounded = (
  raw: ServerResponse,
  timeout: number,
  ending: AbortSignal,
): { readonly signal: AbortSignal; readonly clear: () => void } => {
  const stop = new AbortController();
  const late = (): void =>
    stop.abort(
      new Problem(
        503,
        `the answer took more than ${timeout / 1000} s`,
        { next: 'Send less, or try again later.' },
        5,
      ),
    );
  const gone = (): void => {
    if (!raw.writableFinished) stop.abort(new Problem(499, 'the client went away'));
  };
  const ended = (): void => stop.abort(ending.reason);
  const timer = setTimeout(late, timeout);
  raw.once('close', gone);
  // The server's own signal lives long: nothing of a request may stay on it.
  ending.addEventListener('abort', ended);
  if (ending.aborted) ended();
  return {
    signal: stop.signal,
    clear: () => {
      clearTimeout(timer);
      raw.off('close', gone);
      ending.removeEventListener('abort', ended);
    },
  };
};

const answer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  model: ServedModel,
  asked: TranslateRequest,
  ending: AbortSignal,
  timeout: number,
): Promise<unknown> => {
  const { signal, clear } = bounded(reply.raw, timeout, ending);
  try {
    if (asked.stream || request.headers.accept?.includes('text/event-stream')) {
      await eventStream(reply, (send) =>
        translateRequest(model, asked, signal, {
          onLine: (line) => send('translation', line),
          onPartial: (line) => send('partial', line, { droppable: true }),
        }),
      );
      return reply;
    }
    return { model: model.name, translations: await translateRequest(model, asked, signal) };
  } finally {
    clear();
  }
};

const addErrors = (app: FastifyInstance): void => {
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0]!;
    const method = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    if (method !== undefined) {
      reply.header('allow', method);
      throw new Problem(405, `${path}: no ${request.method}`, {
        received: request.method,
        allowed: method,
        next: `Send ${method}.`,
      });
    }
    const shown = path.length > 100 ? `${path.slice(0, 100)}...` : path;
    throw new Problem(404, 'there is nothing here', {
      received: shown,
      allowed: ROUTE_LIST,
      next: 'Ask for one of them.',
    });
  });
  app.setErrorHandler(async (error: Error & { statusCode?: number; code?: string }, _, reply) => {
    const problem = error instanceof Problem ? error : httpProblem(error);
    if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
    return reply.code(problem.body.status).send(problem.body);
  });
};

/** What fastify refuses, in the same form. A fault of ours tells nothing of itself. */
const httpProblem = ({ statusCode = 500, message }: Error & { statusCode?: number }): Problem => {
  if (statusCode === 415) {
    return new Problem(415, 'request: no JSON', {
      allowed: 'application/json',
      next: 'Set the header Content-Type to it.',
    });
  }
  if (statusCode === 413)
    return new Problem(413, 'request: the body is too large', { next: 'Send less, in several requests.' });
  if (statusCode >= 500)
    return new Problem(500, 'a fault of the server', { next: 'Report it with its log.' });
  return new Problem(statusCode, `request: ${message}`, {
    allowed: 'a body of JSON',
    next: 'Send { "text": "..." }.',
  });
};

const addLog = (app: FastifyInstance, { log }: ServeSettings, metrics: Metrics): void => {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const status = reply.raw.writableFinished ? reply.statusCode : 499;
    metrics.request(route, status, reply.elapsedTime / 1000);
    const { served } = request as { served?: object };
    log?.({
      ...{
        time: new Date().toISOString(),
        id: request.id,
        method: request.method,
        url: request.url.slice(0, 200),
      },
      ...{ status, milliseconds: Math.round(reply.elapsedTime), client: request.ip },
      ...served,
    });
  });
};

const addCors = (app: FastifyInstance, origin: string): void => {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'access-control-allow-origin': origin, vary: 'origin' });
    if (request.method !== 'OPTIONS') return;
    reply.headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type',
    });
    await reply.code(204).send();
  });
};
