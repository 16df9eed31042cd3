import type { Server } from 'node:http';
import { SteadyformerError } from '@steadyformer/core';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; name another port, or 0 for any that is free',
  EACCES: 'this user may not listen there; name a port from 1024 on',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'there is no such host',
};

/** @throws SteadyformerError where nothing can listen there, and why */
export const listen = (server: Server, port: number, host: string | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      const why = Object.hasOwn(REASONS, code) ? REASONS[code]! : error.message;
      reject(
        new SteadyformerError(`cannot listen on ${host === undefined ? '' : `${host}:`}${port}: ${why}`),
      );
    });
    server.listen(port, host, resolve);
  });
