import { afterEach, describe, expect, it } from '@jest/globals';
import { client, closeAll, query, search, start, task, upsertPath } from './salesforce-client.ts';

afterEach(closeAll);

describe('SOQL', () => {
  it('selects, compares, orders, limits and pages', async () => {
    const sandbox = await start({ pageSize: 2 });
    const call = await client(sandbox);
    for (const name of ['C', 'A', 'B', "O'Neil"])
      sandbox.addContact({ LastName: name, Phone: `+49 ${name}` });
    const ordered = await call(
      'GET',
      query("SELECT Id, LastName FROM Contact WHERE LastName != 'X' ORDER BY LastName"),
    );
    expect([ordered.body.totalSize, ordered.body.done]).toEqual([4, false]);
    const rest = await call('GET', ordered.body.nextRecordsUrl.replace('/services/data/v67.0', ''));
    const names = [...ordered.body.records, ...rest.body.records].map((row) => row.LastName);
    expect(names).toEqual(['A', 'B', 'C', "O'Neil"]);
    const count = async (where: string) =>
      (await call('GET', query(`SELECT COUNT() FROM Contact WHERE ${where}`))).body.totalSize;
    expect(await count("LastName IN ('a', 'O\\'Neil')")).toBe(2);
    expect(await count("Phone LIKE '%49%' AND (LastName = 'A' OR LastName = 'B')")).toBe(2);
    expect(await count('MobilePhone = null AND IsDeleted = false')).toBe(4);
    expect(await count('SystemModstamp > 2099-01-01T00:00:00Z')).toBe(0);
    expect(await count("NOT LastName = 'A'")).toBe(3);
  });

  it('refuses what it does not know with the documented codes', async () => {
    const call = await client(await start());
    const code = async (soql: string) => (await call('GET', query(soql))).body[0].errorCode;
    expect(await code('SELECT Nope FROM Contact')).toBe('INVALID_FIELD');
    expect(await code('SELECT Id FROM Nope')).toBe('INVALID_TYPE');
    expect(await code('SELECT * FROM Contact')).toBe('MALFORMED_QUERY');
    expect(await code("SELECT Id FROM Contact WHERE LastName = 'a' AND Phone = 'b' OR Phone = 'c'")).toBe(
      'MALFORMED_QUERY',
    );
    expect(await code("SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01'")).toBe('INVALID_FIELD');
    expect(await code("SELECT Id FROM Task WHERE Description = 'x'")).toBe('INVALID_FIELD');
    expect(await code(`SELECT Id FROM Contact WHERE LastName IN ('${'x'.repeat(4_000)}')`)).toBe(
      'MALFORMED_QUERY',
    );
  });

  it('leaves deleted and archived records to queryAll', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    await call('PATCH', upsertPath, {
      records: [task('old', { Status: 'Completed', ActivityDate: '2020-01-01' })],
    });
    sandbox.remove(sandbox.addContact({ LastName: 'Gone' }));
    expect(sandbox.archive()).toBe(1);
    const soql = 'SELECT Id FROM Task';
    expect((await call('GET', query(soql))).body.totalSize).toBe(0);
    expect((await call('GET', query(soql).replace('/query', '/queryAll'))).body.totalSize).toBe(1);
    const gone = query('SELECT Id FROM Contact WHERE IsDeleted = true');
    expect((await call('GET', gone.replace('/query', '/queryAll'))).body.totalSize).toBe(1);
  });

  it('runs in a composite, at most five queries', async () => {
    const call = await client(await start());
    const part = {
      method: 'GET',
      url: `/services/data/v67.0${query('SELECT Id FROM Lead')}`,
      referenceId: 'a',
    };
    const answer = await call('POST', '/composite', { compositeRequest: [part] });
    expect(answer.body.compositeResponse[0]).toMatchObject({ httpStatusCode: 200, referenceId: 'a' });
    expect(
      (await call('POST', '/composite', { compositeRequest: Array.from({ length: 6 }, () => part) })).status,
    ).toBe(400);
  });
});

describe('SOSL', () => {
  const returning = 'RETURNING Contact(Id, Name LIMIT 10), Lead(Id WHERE IsConverted = false LIMIT 10)';

  it('finds stored numbers by national or full digits, in contacts and open leads', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const contact = sandbox.addContact({ LastName: 'A', MobilePhone: '(415) 555-0100' });
    const lead = sandbox.addLead({ LastName: 'B', Phone: '+49 151 12345678' });
    sandbox.convertLead(sandbox.addLead({ LastName: 'C', Phone: '+49 151 99999999' }));
    const text = 'FIND {14155550100 OR 15112345678 OR 4915199999999} IN PHONE FIELDS';
    const { body } = await call(
      'GET',
      search(`${text} RETURNING Contact(Id), Lead(Id WHERE IsConverted = false)`),
    );
    const ids = body.searchRecords.map((row: { Id: string }) => row.Id);
    expect(ids).toEqual(expect.arrayContaining([contact, lead]));
    expect(ids).toHaveLength(3);
  });

  it('loses its operators over 4,000 characters and refuses unescaped signs', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    sandbox.addContact({ LastName: 'A', Phone: '4155550100' });
    const long = Array(300).fill('4155550100').join(' OR ');
    expect(
      (await call('GET', search(`FIND {${long}} IN PHONE FIELDS ${returning}`))).body.searchRecords,
    ).toEqual([]);
    const signs = await call('GET', search(`FIND {+4155550100} IN PHONE FIELDS ${returning}`));
    expect(signs.body[0].errorCode).toBe('MALFORMED_SEARCH');
    const escaped = await call('GET', search(`FIND {\\+4155550100} IN PHONE FIELDS ${returning}`));
    expect(escaped.body.searchRecords).toHaveLength(1);
  });

  it('does not see what is newer than its index', async () => {
    const sandbox = await start({ searchDelayMs: 60_000 });
    const call = await client(sandbox);
    sandbox.addContact({ LastName: 'A', Phone: '4155550100' });
    const answer = await call('GET', search(`FIND {4155550100} IN PHONE FIELDS ${returning}`));
    expect(answer.body.searchRecords).toEqual([]);
  });
});
