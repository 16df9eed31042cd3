import type { FastifyReply } from 'fastify';
import { Problem } from './problem';

/** How often a stream says that it is alive, ms. */
const HEARTBEAT = 10_000;

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Sends an event; one that may be left out is, where the client is slow to read. */
export type Send = (name: string, data: unknown, how?: { readonly droppable: boolean }) => void;

/**
 * Answers with server-sent events: those that `work` sends, then `done` with what it gives, or `error`. What is wrong
 * before the first event is answered as other requests are.
 */
export const eventStream = async (
  reply: FastifyReply,
  work: (send: Send) => Promise<unknown>,
): Promise<void> => {
  const { raw } = reply;
  let begun = false;
  const write = (text: string): void => {
    if (!begun) {
      begun = true;
      reply.hijack();
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
    }
    raw.write(text);
  };
  const heartbeat = setInterval(() => write(': alive\n\n'), HEARTBEAT);
  try {
    const result = await work((name, data, how) => {
      if (how?.droppable !== true || !raw.writableNeedDrain) write(event(name, data));
    });
    write(event('done', { translations: result }));
  } catch (error) {
    if (!begun) throw error;
    const body = error instanceof Problem ? error.body : { status: 500, error: 'a fault of the server' };
    write(event('error', body));
  } finally {
    clearInterval(heartbeat);
    if (begun) raw.end();
  }
};
