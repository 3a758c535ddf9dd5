import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be swallowed up: connections stay open, and nothing comes through any more. */
export interface BlackHole {
  /** of 127.0.0.1 */
  readonly port: number;
  /** connections that are open, on this side */
  readonly connections: number;
  swallow(): void;
  close(): Promise<void>;
}

/** @param port of 127.0.0.1, to which it leads; without it nothing is ever answered */
export async function openBlackHole(port?: number): Promise<BlackHole> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let isSwallowed = port === undefined;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    connections += 1;
    near.on('close', () => (connections -= 1));
    if (port === undefined || isSwallowed) return void near.resume();
    const far = connect(port, '127.0.0.1');
    keep(far);
    near.on('data', (data) => void (isSwallowed || far.write(data))).on('close', () => far.destroy());
    far.on('data', (data) => void (isSwallowed || near.write(data))).on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    swallow: () => void (isSwallowed = true),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
