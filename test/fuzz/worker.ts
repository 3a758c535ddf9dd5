import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readEnv } from '../../config/env.ts';
import { parseSettings } from '../../config/settings.ts';
import { compose, type Parts } from '../../src/compose.ts';
import { processHandlers } from '../../workers/process.ts';
import { serve } from '../../workers/receive.ts';
import { copyDatabase } from '../support/template.ts';
import { makeTempFolder } from '../support/temp.ts';

export const businessNumber = '+15550783881';
export const excludedNumber = '+15550001111';
export const secrets = { app: 'fuzz-app-secret', partner: 'fuzz-partner-secret', twilio: 'fuzz-auth-token' };
export const accountSid = `AC${'0'.repeat(32)}`;

/** Nobody listens there: what is fuzzed with this worker never gets as far as a CRM. */
const nowhere = 'http://127.0.0.1:9';

const settingsText = `
sources:
  - id: support
    type: whatsapp-cloud
    appSecret: ${secrets.app}
    verifyToken: verify
    accessToken: token
    apiUrl: ${nowhere}
    businessNumbers: ['${businessNumber}']
  - id: partner
    type: 360dialog
    apiKey: key
    webhookSecret: ${secrets.partner}
    apiUrl: ${nowhere}
    businessNumbers: ['${businessNumber}']
  - id: emea
    type: twilio
    accountSid: ${accountSid}
    authToken: ${secrets.twilio}
    apiUrl: ${nowhere}
    conversations: true
    businessNumbers: ['${businessNumber}']
destinations:
  - id: sales
    type: salesforce
    loginUrl: ${nowhere}
    auth: { flow: client-credentials, clientId: client, clientSecret: secret }
  - { id: marketing, type: hubspot, apiUrl: '${nowhere}', accessToken: token }
routes:
  - { source: support, destinations: [sales, marketing] }
  - { source: partner, destinations: [sales] }
  - { source: emea, destinations: [marketing] }
policies:
  excluded: ['${excludedNumber}']
`;

/** The real server of all routes, over a real embedded ledger, in this process. */
export interface FuzzWorker {
  readonly parts: Parts;
  readonly port: number;
  /** folds whatever waits */
  fold(): Promise<void>;
  close(): Promise<void>;
}

export async function startFuzzWorker(): Promise<FuzzWorker> {
  const folder = makeTempFolder('fuzz');
  const dataDir = join(folder.path, 'data');
  mkdirSync(dataDir, { recursive: true });
  copyDatabase(dataDir);
  const env = readEnv({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', PORT: '0' });
  const parts = await compose(env, parseSettings(settingsText, {}));
  await parts.rules.load();
  const server = await serve(parts, { webhooks: true, console: true });
  const { process: fold } = processHandlers(parts);
  return {
    parts,
    port: Number(new URL(server.url).port),
    fold: async () => fold?.(undefined, new AbortController().signal),
    close: async () => {
      await server.close(2_000);
      await parts.close();
      folder.remove();
    },
  };
}
