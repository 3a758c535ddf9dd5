import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { startCrms, keyFields, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { openTlsFront, type TlsFront } from '../support/tls.ts';

const portOf = (url: string): number => Number(new URL(url).port);

describe('a CRM that cannot show that it is the CRM', () => {
  let crms: Crms;
  let folder: TempFolder;
  const fronts: TlsFront[] = [];
  const destinations: Destination[] = [];

  beforeAll(async () => {
    crms = await startCrms(0);
    folder = makeTempFolder('certificates');
    for (const crm of ['salesforce', 'hubspot'] as const) {
      fronts.push(await openTlsFront(folder.path, portOf(crms[crm].url), 'self-signed'));
    }
    const [salesforce, hubspot] = fronts.map(({ url }) => url);
    const common = { timeoutMs: 5_000, count: () => undefined };
    destinations.push(
      createSalesforce({
        ...common,
        id: 'sales',
        loginUrl: salesforce ?? '',
        auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
        keyField: keyFields.salesforce,
        apiVersion: '67.0',
      }),
      createHubSpot({
        ...common,
        id: 'marketing',
        apiUrl: hubspot ?? '',
        accessToken: crms.hubspot.accessToken,
        keyField: keyFields.hubspot,
        apiVersion: '2026-03',
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(destinations.map((one) => one.close()));
    await Promise.all(fronts.map((front) => front.close()));
    await crms.close();
    folder.remove();
  });

  test.each(['self-signed', 'expired', 'wrong-host', 'right'] as const)(
    'is sent nothing, and has a code of its own: %s',
    async (kind) => {
      for (const [at, destination] of destinations.entries()) {
        fronts[at]?.present(kind);
        const item = {
          key: 'a',
          kind: 'message',
          occurredAt: '2026-03-01T10:00:00.000Z',
          contact: { type: 'contact', id: '1' },
          fields: {},
          createOnly: {},
        } as const;
        // Nobody trusts the authority here: even the right certificate is none.
        expect(await destination.deliver([item])).toEqual([
          expect.objectContaining({ kind: 'throttled', code: 'certificate-wrong' }),
        ]);
        await expect(destination.readBack([item])).rejects.toMatchObject({ code: 'certificate-wrong' });
        const [finding] = await destination.check();
        expect(finding).toMatchObject({ level: 'error', code: 'certificate-wrong' });
        expect(fronts[at]?.passed).toBe(0);
      }
    },
  );
});
