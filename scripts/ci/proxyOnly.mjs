// Loaded by NODE_OPTIONS=--import into package managers and the install scripts they start: no connection but to the
// proxy, so that a script that ignores proxies finds what it would find on a closed network.
import { Socket } from 'node:net';

const { port } = new URL(process.env.STEADYFORMER_PROXY ?? 'http://127.0.0.1:0');
const { connect } = Socket.prototype;

/** @param {unknown[]} args as net.connect takes them, or its own normalised form: [options, callback] */
Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
  const local = options.path !== undefined && options.path !== null;
  const proxied = ['127.0.0.1', 'localhost'].includes(options.host) && String(options.port) === port;
  if (local || proxied) return connect.apply(this, args);
  const error = new Error(`getaddrinfo ENOTFOUND ${options.host} (only the registry answers here)`);
  this.destroy(Object.assign(error, { code: 'ENOTFOUND' }));
  return this;
};
