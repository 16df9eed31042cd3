// Loaded by NODE_OPTIONS=--import into package managers and the install scripts they start: no connection but to the
// proxy, so that a script that ignores proxies finds what it would find on a closed network.
import { Socket } from 'node:net';

const { port } = new URL(process.env.STEADYFORMER_PROXY ?? 'http://127.0.0.1:0');
/** @type {(...args: any[]) => Socket} */
const connect = Socket.prototype.connect;

/**
 * A look-up that finds nothing.
 * @param {string} host
 */
const refuse =
  (host) =>
  (/** @type {[string, object, (error: Error) => void]} */ ...[, , answer]) => {
    const error = new Error(`getaddrinfo ENOTFOUND ${host} (only the registry answers here)`);
    answer(Object.assign(error, { code: 'ENOTFOUND' }));
  };

/**
 * @this {Socket}
 * @param {any[]} args as net.connect takes them, or in its own normalised form: [[options, callback]]
 */
Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
  const local = options.path !== undefined && options.path !== null;
  const proxied = ['127.0.0.1', 'localhost'].includes(options.host) && String(options.port) === port;
  if (local || proxied) return connect.apply(this, args);
  const closed = { ...options, host: 'closed.invalid', lookup: refuse(options.host) };
  if (!Array.isArray(args[0]))
    return connect.call(
      this,
      closed,
      args.findLast((each) => typeof each === 'function'),
    );
  args[0][0] = closed;
  return connect.apply(this, args);
};
