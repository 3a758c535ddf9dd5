import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { Account } from './account.ts';
import { Faults, type Operation } from './faults.ts';
import { addGate, type Context } from './gate.ts';
import { addCallRoutes } from './routes-calls.ts';
import { addConversationRoutes } from './routes-conversations.ts';
import { addFileRoutes, addMessageRoutes, type FileHost } from './routes-messages.ts';
import { Store } from './store.ts';
import { Webhooks, type WebhookCounts } from './webhooks.ts';

export { signForm } from './webhooks.ts';

export interface TwilioSandboxOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** E.164: the firm's WhatsApp number */
  readonly number: string;
  /** of the API; 0, the default: a free one */
  readonly port?: number;
  /** accepted beside the account's token */
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** no page is larger than this, whatever is asked for */
  readonly maxPageSize?: number;
}

/** A strict look-alike of one Twilio account with one WhatsApp number, in memory, on 127.0.0.1. */
export interface TwilioSandbox extends Pick<
  Account,
  'receive' | 'send' | 'setStatus' | 'call' | 'converse' | 'say' | 'setReceipt'
> {
  /** what a source's `apiUrl` is set to */
  readonly url: string;
  /** what a source's `conversationsUrl` is set to */
  readonly conversationsUrl: string;
  /** where links to files lead: another host than the API, as Twilio's CDN is */
  readonly mediaUrl: string;
  readonly faults: Faults;
  /** requests so far, by operation */
  readonly requests: Readonly<Partial<Record<Operation, number>>>;
  readonly webhookCounts: WebhookCounts;
  /** From now on webhooks are posted there, signed; undefined: nowhere. */
  webhooks(url: string | undefined): void;
  /** While true webhooks are lost, as Twilio does not repeat them. */
  webhooksDown(down: boolean): void;
  /** While true the credentials are refused. */
  denyCredentials(denied: boolean): void;
  close(): Promise<void>;
}

/** Starts the sandbox: the API, the Conversations API, and the host of files, each on a port of its own. */
export async function startTwilio(options: TwilioSandboxOptions): Promise<TwilioSandbox> {
  const { accountSid, authToken, number, apiKey } = options;
  const allowed = new Map([[accountSid, authToken]]);
  if (apiKey !== undefined) allowed.set(apiKey.sid, apiKey.secret);
  const context: Context = {
    accountSid,
    credentials: new Map(allowed),
    faults: new Faults(),
    requests: {},
    maxPageSize: options.maxPageSize,
  };
  const store = new Store();
  const [api, conversations, files] = [newApp(context), newApp(context), newApp(context)];
  const fileHost: FileHost = { url: () => addressOf(files), links: new Map() };
  addMessageRoutes(api, context, store, fileHost);
  addCallRoutes(api, context, store);
  addConversationRoutes(conversations, context, store, () => addressOf(conversations));
  addFileRoutes(files, fileHost);
  const apps = [api, conversations, files];
  await Promise.all(
    apps.map((app) => app.listen({ host: '127.0.0.1', port: app === api ? (options.port ?? 0) : 0 })),
  );

  const webhooks = new Webhooks(() => authToken);
  const account = new Account(() => ({ accountSid, url: addressOf(api) }), store, webhooks, number);
  return {
    url: addressOf(api),
    conversationsUrl: addressOf(conversations),
    mediaUrl: addressOf(files),
    faults: context.faults,
    requests: context.requests,
    webhookCounts: webhooks.counts,
    receive: (received) => account.receive(received),
    send: (sent) => account.send(sent),
    setStatus: (...change) => account.setStatus(...change),
    call: (made) => account.call(made),
    converse: (...whom) => account.converse(...whom),
    say: (...said) => account.say(...said),
    setReceipt: (...change) => account.setReceipt(...change),
    webhooks: (url) => void (webhooks.url = url),
    webhooksDown: (down) => void (webhooks.down = down),
    denyCredentials: (denied) => {
      context.credentials.clear();
      if (!denied) for (const [user, password] of allowed) context.credentials.set(user, password);
    },
    close: async () => void (await Promise.all(apps.map((app) => app.close()))),
  };
}

function newApp(context: Context): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, exposeHeadRoutes: false });
  addGate(app, context);
  return app;
}

function addressOf(app: FastifyInstance): string {
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}
