import { createServer, request } from 'node:http';
import { connect } from 'node:net';

/**
 * A proxy on this machine that lets requests to one host through and refuses all others.
 * @typedef {object} RegistryProxy
 * @property {string} url
 * @property {() => number} passed how many requests or tunnels went through
 * @property {() => string[]} refused the hosts that were asked for in vain
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} allowed the only host, as in a URL: `registry.example`, or with a port
 * @returns {Promise<RegistryProxy>}
 */
export const startProxy = async (allowed) => {
  let passed = 0;
  /** @type {Set<string>} */
  const refused = new Set();
  /** @type {Set<import('node:stream').Duplex>} */
  const sockets = new Set();
  const may = (/** @type {string} */ host) => {
    if (host.replace(/:(443|80)$/, '') === allowed) passed += 1;
    else refused.add(host);
    return !refused.has(host);
  };
  const server = createServer((incoming, answer) => {
    const { host, href } = new URL(incoming.url ?? '/', 'http://unknown');
    if (!may(host)) return void answer.writeHead(403).end(`refused: ${host}`);
    const { method, headers } = incoming;
    const outgoing = request(href, { method, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming, client, head) => {
    const address = incoming.url ?? '';
    if (!may(address)) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const { hostname, port } = new URL(`tunnel://${address}`);
    const upstream = connect(Number(port || 443), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const [socket, other] of /** @type {const} */ ([
      [client, upstream],
      [upstream, client],
    ])) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    passed: () => passed,
    refused: () => [...refused],
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
