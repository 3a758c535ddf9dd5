// `node --import <this file> …`: writes where the process connects to, one `host:port` a line, into WCS_CONNECTIONS.
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const { connect } = Socket.prototype;

Socket.prototype.connect = function record(...args) {
  // Node's own callers hand over one normalised array; others an options object, a path, or port and host.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const target =
    typeof first === 'object' && first !== null
      ? `${first.host ?? first.path ?? 'localhost'}:${first.port ?? ''}`
      : `${typeof second === 'string' ? second : 'localhost'}:${first}`;
  appendFileSync(process.env.WCS_CONNECTIONS, `${target}\n`);
  return connect.apply(this, args);
};
