import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { CallInteraction, Interaction, MessageInteraction } from '../../src/core/interaction.ts';
import { parseSettings } from '../../config/settings.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { compileMapping, type Mapping } from '../../src/mapping/mapping.ts';
import { render } from '../../src/mapping/render.ts';
import { sampleInteractions } from '../../src/mapping/samples.ts';
import { mappingFindings } from '../../src/pipeline/check.ts';
import { startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { startPair, type Pair } from './salesforce-support.ts';

type Part = Record<string, Record<string, unknown>>;

/** The code blocks of docs/mapping.md that stand under a heading, merged over a mapping file. */
function withExamples(path: string, headings: readonly string[]): Mapping {
  const page = readFileSync('docs/mapping.md', 'utf8');
  const file = parse(readFileSync(path, 'utf8')) as Record<string, Part>;
  for (const heading of headings) {
    const section = page.split(`### ${heading}\n`)[1]?.split(/^##/m)[0] ?? '';
    const block = /```yaml[^\n]*\n([^]*?)```/.exec(section)?.[1];
    if (block === undefined) throw new Error(`docs/mapping.md has no example "${heading}"`);
    for (const [name, part] of Object.entries(parse(block) as Record<string, Part>)) {
      const known = file[name] ?? {};
      file[name] = { ...known, fields: { ...known['fields'], ...part['fields'] } };
    }
  }
  return compileMapping(file);
}

const [text, , , missed, answered] = sampleInteractions() as [
  MessageInteraction,
  MessageInteraction,
  MessageInteraction,
  CallInteraction,
  CallInteraction,
];
const urgent: MessageInteraction = { ...text, content: { type: 'audio', text: 'urgent: call me' } };

/** The record that a mapping makes in the CRM of an interaction, read back from it. */
async function logged(
  destination: Destination,
  mapping: Mapping,
  interaction: Interaction,
  contact: { readonly type: string; readonly id: string },
): Promise<Record<string, unknown>> {
  const described = await destination.describe(interaction.kind);
  const known = new Map(described.map((field) => [field.name, field]));
  const mapped = mapActivity(mapping, render(interaction, { revision: 1, contact }), known);
  const key = Buffer.from(`${JSON.stringify(interaction)}`)
    .toString('hex')
    .slice(-64);
  const [outcome] = await destination.deliver([
    { key, kind: interaction.kind, occurredAt: interaction.occurredAt, contact, ...mapped },
  ]);
  if (outcome?.kind !== 'delivered') throw new Error(`it was refused: ${JSON.stringify(outcome)}`);
  const names = Object.keys({ ...mapped.fields });
  return (await destination.readRecords(interaction.kind, [outcome.recordId], names)).get(
    outcome.recordId,
  ) as Record<string, unknown>;
}

describe('the examples of docs/mapping.md, in Salesforce', () => {
  let pair: Pair & { close(): Promise<void> };
  let mapping: Mapping;
  let contact: { type: string; id: string };

  beforeAll(async () => {
    pair = await startPair();
    pair.sandbox.addField('Task', 'Channel_Kind__c', 'picklist', ['Chat', 'Voice note', 'File', 'Call']);
    pair.sandbox.addField('Task', 'Answered_At__c', 'datetime');
    pair.sandbox.addField('Task', 'Minutes__c', 'int');
    pair.sandbox.addField('Contact', 'Last_WhatsApp__c', 'datetime');
    contact = { type: 'Contact', id: pair.sandbox.addContact({ LastName: 'Silva' }) };
    mapping = withExamples('config/mappings/salesforce.yaml', [
      'A picklist of your own',
      'A date with its time',
      'A condition like a formula',
      'Figures on the contact',
    ]);
  });
  afterAll(() => pair.close());

  test('fit the live fields', async () => {
    const findings = await mappingFindings(pair.destination, mapping);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  test.each([
    ['a text', text, { Channel_Kind__c: 'Chat', Priority: 'Normal' }],
    ['an urgent voice note', urgent, { Channel_Kind__c: 'Voice note', Priority: 'High' }],
    ['a missed call', missed, { Channel_Kind__c: 'Call', Priority: 'High', Minutes__c: 0 }],
    [
      'an answered call',
      answered,
      {
        Channel_Kind__c: 'Call',
        Priority: 'Normal',
        Minutes__c: 5,
        Answered_At__c: '2026-01-15T10:05:06.000+0000',
      },
    ],
  ])('make of %s the record they say', async (_what, interaction, expected) => {
    expect(await logged(pair.destination, mapping, interaction, contact)).toMatchObject(expected);
  });

  test('of a custom object name settings that exist', () => {
    const page = readFileSync('docs/mapping.md', 'utf8');
    const block = /```yaml settings\n([^]*?)```/.exec(page)?.[1] ?? '';
    const given = parse(block) as { destinations: object[]; mappings: Record<string, string> };
    const settings = parseSettings(
      JSON.stringify({
        sources: [
          {
            id: 'support',
            type: 'whatsapp-cloud',
            appSecret: 'x',
            verifyToken: 'x',
            businessNumbers: ['+15550783881'],
          },
        ],
        destinations: [
          {
            loginUrl: 'https://example.my.salesforce.com',
            auth: { flow: 'client-credentials', clientId: 'a', clientSecret: 'b' },
            ...given.destinations[0],
          },
        ],
        routes: [{ source: 'support', destinations: ['sales'] }],
        mappings: given.mappings,
      }),
      {},
    );
    expect(settings.destinations[0]).toMatchObject({ target: { object: 'WhatsApp_Message__c' } });
    expect(existsSync(settings.mappings['sales'] ?? '')).toBe(true);
  });
});

describe('the examples of docs/mapping.md, in HubSpot', () => {
  let sandbox: HubSpotSandbox;
  let destination: Destination;

  beforeAll(async () => {
    sandbox = await startHubSpot({ keyField: 'whatsapp_key' });
    sandbox.addProperty('communications', 'whatsapp_ad', 'string');
    destination = createHubSpot({
      id: 'marketing',
      apiUrl: sandbox.url,
      accessToken: sandbox.accessToken,
      apiVersion: '2026-09',
      keyField: 'whatsapp_key',
    });
  });
  afterAll(async () => {
    await destination.close();
    await sandbox.close();
  });

  test('fit the live properties, and make the record they say', async () => {
    const mapping = withExamples('config/mappings/hubspot.yaml', ['HubSpot: a property of your own']);
    const findings = await mappingFindings(destination, mapping);
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    const contact = { type: 'contact', id: sandbox.addContact({ lastname: 'Silva' }) };
    const referral = { headline: 'Spring sale', url: 'https://example.com/ad' };
    const fromAd: MessageInteraction = { ...text, content: { type: 'text', text: 'Hello', referral } };
    expect(await logged(destination, mapping, fromAd, contact)).toMatchObject({
      whatsapp_ad: 'Spring sale https://example.com/ad',
    });
    const plain = await logged(destination, mapping, text, contact);
    expect(plain['whatsapp_ad'] ?? '').toBe('');
  });
});
