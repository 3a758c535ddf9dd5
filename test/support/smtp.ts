import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A mail server that keeps what it is given, as SMTP says it (RFC 5321), on 127.0.0.1. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly { readonly from: string; readonly to: string; readonly text: string }[];
  /** from now on what is sent is refused for a while (451), or taken again */
  refuse(isRefused: boolean): void;
  close(): Promise<void>;
}

export async function startSmtp(): Promise<SmtpSink> {
  const mails: { from: string; to: string; text: string }[] = [];
  let isRefused = false;
  const server: Server = createServer((socket) => {
    let [from, to, data, buffer]: [string, string, string[] | undefined, string] = ['', '', undefined, ''];
    const say = (text: string) => socket.write(`${text}\r\n`);
    const command = (line: string) => {
      if (data !== undefined) {
        if (line !== '.') return void data.push(line.replace(/^\.\./, '.'));
        mails.push({ from, to, text: data.join('\r\n') });
        data = undefined;
        return say('250 taken');
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') return say('250 sink');
      if (verb === 'MAIL') from = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (verb === 'RCPT') to = /<(.*?)>/.exec(line)?.[1] ?? '';
      if (verb === 'RCPT' && isRefused) return say('451 try again later');
      if (verb === 'QUIT') return socket.end('221 bye\r\n');
      if (verb !== 'DATA') return say('250 ok');
      data = [];
      return say('354 go on');
    };
    socket.on('data', (chunk) => {
      buffer += chunk.toString('latin1');
      for (let at = buffer.indexOf('\r\n'); at >= 0; at = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, at);
        buffer = buffer.slice(at + 2);
        command(line);
      }
    });
    socket.on('error', () => undefined);
    say('220 sink');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    refuse: (refused) => void (isRefused = refused),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
