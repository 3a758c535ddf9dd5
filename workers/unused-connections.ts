import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A request comes at once on a new connection; one that was opened in advance has none. */
const unusedMs = 1_000;
const lookMs = 250;

/**
 * Connections on which no request ever came: browsers and pools open some in advance. Node takes them for busy (`closeIdleConnections`
 * leaves them alone), and a server that closes would wait for them until it is cut off.
 *
 * @returns ends them from now on, until what is waited for is over
 */
export function watchUnused(server: Server): <T>(during: Promise<T>) => Promise<T> {
  const since = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    since.set(socket, performance.now());
    socket.once('close', () => since.delete(socket));
  });
  server.on('request', ({ socket }) => since.delete(socket));
  const endThem = () => {
    for (const [socket, at] of since) if (performance.now() - at > unusedMs) socket.destroy();
  };
  return async (during) => {
    endThem();
    const timer = setInterval(endThem, lookMs);
    try {
      return await during;
    } finally {
      clearInterval(timer);
    }
  };
}
