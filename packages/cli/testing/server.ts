import { connect } from 'node:net';
import { selectBackend } from '@steadyformer/core';
import { type Translation, translatorFrom } from '@steadyformer/translate';
import { type ServedModel, servedModel } from '../src/serve/models';
import { makeServer, type Server } from '../src/serve/server';
import { DEFAULTS, type ServeSettings } from '../src/serve/settings';
import { savedModel } from './checkpoints';

/** A server of small models on a port that is free, and what it says to a text alone. */
export interface Served {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly models: readonly ServedModel[];
  readonly alone: (text: string) => Promise<Translation>;
  readonly close: () => Promise<void>;
}

export const served = async (
  own: Partial<ServeSettings> = {},
  names: readonly string[] = ['small'],
): Promise<Served> => {
  await selectBackend('wasm');
  const settings = { ...DEFAULTS, port: 0, wait: 2, ...own };
  const server = await makeServer(settings);
  const models: ServedModel[] = [];
  for (const [i, name] of names.entries()) {
    const translator = translatorFrom(await savedModel({ shift: 0.1 * (i + 1) }));
    models.push(servedModel(name, translator, { ...settings, computeType: 'float32' }));
  }
  const url = await server.app.listen({ host: settings.host, port: settings.port });
  server.ready(models);
  const known = new Map<string, Promise<Translation>>();
  const reference = translatorFrom(await savedModel({ shift: 0.1 }));
  return {
    ...{ url, server, models, port: Number(new URL(url).port) },
    alone: (text) => {
      const found =
        known.get(text) ??
        reference.translate([text], { beamSize: 2, maxLength: () => 6 }).then(([only]) => only!);
      known.set(text, found);
      return found;
    },
    close: async () => {
      await server.end();
      for (const { translator } of models) translator.model.dispose();
      reference.model.dispose();
    },
  };
};

/** An answer to be looked at. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Asks for translations. A body that is no text is sent as JSON. */
export const ask = async (url: string, body: unknown, init: RequestInit = {}): Promise<Answered> => {
  const response = await fetch(`${url}/translate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

/** Sends bytes in pieces, with a pause between, and gives all that comes back. */
export const sendSlowly = (port: number, pieces: readonly string[], pause: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.on('close', () => resolve(said));
    socket.on('error', () => resolve(said));
    void (async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        await new Promise((next) => setTimeout(next, pause));
      }
    })();
  });
