import { expect, test } from '@jest/globals';
import { makeSeal } from '../../src/core/seal.ts';
import { sealOperations, type SealOperationsDeps } from '../../src/pipeline/seal-operations.ts';

const seal = makeSeal(
  { ranges: [], records: [] },
  { number: 3, at: '2026-03-01T10:00:00.000Z', previous: '' },
);

const place = { name: 'folder /seals', put: async () => undefined, get: async () => undefined };

function stateOf(last: typeof seal | undefined) {
  const ledger = {
    lastSeal: async () => last,
    sealCopies: async () => [
      { place: 'folder /seals', number: 2, error: 'no space' },
      { place: 'folder /a place of earlier settings', number: 1 },
    ],
  } as unknown as SealOperationsDeps['ledger'];
  const places = [place, { name: 'webhook https://a.example', put: place.put }];
  return sealOperations({ ledger, places, publicKeys: [], signedFrom: 1 }).state();
}

test('tells the last seal and how far each place of the settings is', async () => {
  expect(await stateOf(seal)).toEqual({
    last: { number: 3, at: '2026-03-01T10:00:00.000Z', hash: seal.hash, signed: false },
    copies: [
      { place: 'folder /seals', number: 2, error: 'no space', isReadable: true },
      { place: 'webhook https://a.example', number: 0, isReadable: false },
    ],
  });
  expect((await stateOf({ ...seal, signature: 'c2lnbmVk' })).last).toMatchObject({ signed: true });
});

test('says that nothing is sealed yet', async () => {
  expect(await stateOf(undefined)).not.toHaveProperty('last');
});
