import { describe, expect, it, test } from '@jest/globals';
import { readError, refusalOf } from '../../src/destinations/salesforce/call-error.ts';
import { errorRows, rowFor, type Place } from '../../src/destinations/salesforce/error-table.ts';
import { taskLinks } from '../../src/destinations/salesforce/errors.ts';
import {
  answersOf,
  fixtureIds,
  isRow,
  titleOf,
  type Answer,
} from '../integration/salesforce-error-fixtures.ts';

function refusalIn(answer: Answer) {
  if (isRow(answer)) return { ...readError(answer.errors[0]), status: undefined };
  const { status, body } = answer;
  const { code, message, fields } = refusalOf(status, typeof body === 'string' ? body : JSON.stringify(body));
  return { code, message, fields, status };
}

/** A file's answer is a row or a call as well. */
function placeOf(place: Place, answer: Answer): Exclude<Place, 'file'> {
  if (place !== 'file') return place;
  return isRow(answer) ? 'row' : 'call';
}

describe('the error table of Salesforce', () => {
  it('has bodies for each of its rows, and no others', () => {
    expect(fixtureIds.toSorted()).toEqual(errorRows.map(({ id }) => id).toSorted());
  });

  test.each(errorRows)('$id is met at each of its places, by each of its names', ({ id, at, names }) => {
    const answers = answersOf(id);
    expect(Object.keys(answers).toSorted()).toEqual([...at].toSorted());
    const all = Object.values(answers)
      .flat()
      .map((answer) => refusalIn(answer).code);
    expect(names.filter((name) => !all.includes(name))).toEqual([]);
  });

  const cases = errorRows.flatMap(({ id, at }) =>
    at.flatMap((place) =>
      (answersOf(id)[place] ?? []).map((answer) => [id, place, titleOf(answer), answer] as const),
    ),
  );

  test.each(cases)('%s (%s) decides about %s', (id, place, _title, answer) => {
    const row = rowFor({
      ...refusalIn(answer),
      place: placeOf(place, answer),
      ofFile: place === 'file',
      keyField: 'WhatsApp_Key__c',
      linkFields: taskLinks,
    });
    expect(row.id).toBe(id);
  });

  it('says in words what each row means', () => {
    for (const { meaning } of errorRows) expect(meaning).toMatch(/^[A-Z].*\.$/);
  });
});
