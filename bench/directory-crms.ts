import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startHubSpot } from '../src/sandbox/hubspot/index.ts';
import { startSalesforce } from '../src/sandbox/salesforce/index.ts';

/** Both sandbox CRMs with very many people, in a process of their own: what is measured is the worker alone. */
export interface Sandboxes {
  readonly salesforce: string;
  readonly hubspot: string;
  readonly accessToken: string;
  phoneOf(index: number): string;
  close(): Promise<void>;
}

/** Numbers as people write them, in four formats. */
function written(index: number): string {
  const digits = String(2_000_000 + index).padStart(7, '0');
  const [exchange, line] = [digits.slice(0, 3), digits.slice(3)];
  const formats = [
    `(415) ${exchange}-${line}`,
    `+1 415 ${exchange} ${line}`,
    `415.${exchange}.${line}`,
    `1415${digits}`,
  ];
  return formats[index % formats.length] ?? '';
}

const phoneOf = (index: number) => `+1415${String(2_000_000 + index).padStart(7, '0')}`;

export async function startSandboxes(people: number): Promise<Sandboxes> {
  const child = fork(fileURLToPath(import.meta.url), [String(people)], { execArgv: process.execArgv });
  const [told] = (await once(child, 'message')) as [
    Pick<Sandboxes, 'salesforce' | 'hubspot' | 'accessToken'>,
  ];
  return {
    ...told,
    phoneOf,
    async close() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  const [salesforce, hubspot] = await Promise.all([
    startSalesforce({ keyField: 'WhatsApp_Key__c' }),
    startHubSpot({ keyField: 'whatsapp_key' }),
  ]);
  const people = Number(process.argv[2]);
  for (let index = 0; index < people; index += 1) {
    const phone = written(index);
    salesforce.addContact({ FirstName: 'Person', LastName: String(index), Phone: phone });
    hubspot.addContact({ firstname: 'Person', lastname: String(index), phone });
  }
  process.send({ salesforce: salesforce.url, hubspot: hubspot.url, accessToken: hubspot.accessToken });
}
