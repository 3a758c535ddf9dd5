import { describe, expect, test } from '@jest/globals';
import { consentOf, type ConsentRules } from '../../src/mapping/consent.ts';

const out: ConsentRules = { excludeWhen: [{ field: 'No__c' }], onlyWhen: [] };
const only: ConsentRules = { excludeWhen: [], onlyWhen: [{ field: 'Consent__c', is: ['Given', 'renewed'] }] };
const contact = (marks?: Record<string, string>) => ({ type: 'Contact', ...(marks && { marks }) });

describe('consent', () => {
  test.each([
    ['true', 'excluded'],
    ['TRUE', 'excluded'],
    ['yes', 'excluded'],
    ['1', 'excluded'],
    ['false', 'allowed'],
    ['', 'allowed'],
    ['no', 'allowed'],
  ])('with an opt-out field that says "%s": %s', (value, expected) => {
    expect(consentOf(contact({ No__c: value }), out)).toBe(expected);
  });

  test.each([
    ['given', 'allowed'],
    [' Renewed ', 'allowed'],
    ['revoked', 'excluded'],
    ['', 'excluded'],
  ])('with an opt-in field that says "%s": %s', (value, expected) => {
    expect(consentOf(contact({ Consent__c: value }), only)).toBe(expected);
  });

  test('is unknown where the CRM does not show the field, and never a prototype', () => {
    expect(consentOf(contact(), out)).toBe('unknown');
    expect(consentOf(contact({ Other__c: 'true' }), only)).toBe('unknown');
    expect(consentOf(contact({}), { excludeWhen: [{ field: 'constructor' }], onlyWhen: [] })).toBe('unknown');
  });

  test('of a lead without the field: not opted out, and not in', () => {
    expect(consentOf({ type: 'Lead', marks: {} }, out)).toBe('allowed');
    expect(consentOf({ type: 'Lead', marks: {} }, only)).toBe('excluded');
  });

  test('is refused when the person is opted out, whatever else is opted in', () => {
    const both = { ...out, onlyWhen: only.onlyWhen };
    expect(consentOf(contact({ No__c: 'true', Consent__c: 'given' }), both)).toBe('excluded');
    expect(consentOf(contact({ No__c: 'true' }), both)).toBe('excluded');
    expect(consentOf(contact({ No__c: '', Consent__c: 'given' }), both)).toBe('allowed');
  });
});
