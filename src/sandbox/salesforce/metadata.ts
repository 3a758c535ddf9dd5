import type { Org } from './org.ts';
import { field, type FieldDef, type FieldType } from './schema.ts';
import { child, childText, escapeXml, parseXml, type Element } from './xml.ts';

/** A SOAP answer: status and XML. */
export interface SoapAnswer {
  readonly status: number;
  readonly xml: string;
}

/** Types of custom fields that can be made here, by the Metadata API's names. */
const fieldTypes: Record<string, FieldType> = {
  Text: 'string',
  Phone: 'phone',
  DateTime: 'datetime',
  Date: 'date',
  Checkbox: 'boolean',
  LongTextArea: 'textarea',
};

/** Components in one call (Metadata API guide, CRUD calls). */
const mostComponents = 10;

/** Objects on which a custom field appears: those of Activity appear on Task (and Event, which is not here). */
const owners: Record<string, string> = {
  Activity: 'Task',
  Contact: 'Contact',
  Lead: 'Lead',
  Account: 'Account',
};

function ownerOf(org: Org, parent: string): string | undefined {
  return parent.endsWith('__c') && org.objects.has(parent) ? parent : owners[parent];
}

class ComponentError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The Metadata API's SOAP endpoint: `upsertMetadata` and `readMetadata` of CustomField and PermissionSet.
 *
 * @param knows whether a session id is good
 * @param mayModify whether the user has Modify Metadata
 */
export function answerMetadata(
  org: Org,
  body: string,
  knows: (sessionId: string) => boolean,
  mayModify: boolean,
): SoapAnswer {
  const envelope = parseXml(body);
  const session = childText(child(envelope, 'Header', 'SessionHeader'), 'sessionId');
  const call = child(envelope, 'Body')?.children[0];
  if (envelope?.name !== 'Envelope' || call === undefined) {
    return fault('soapenv:Client', 'The request is not a SOAP envelope');
  }
  if (session === undefined || !knows(session)) {
    return fault(
      'sf:INVALID_SESSION_ID',
      'INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session',
    );
  }
  if (!mayModify) {
    return fault(
      'sf:INSUFFICIENT_ACCESS',
      'INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the Modify Metadata or Modify All Data permissions',
    );
  }
  if (call.name === 'upsertMetadata') return upsert(org, call);
  if (call.name === 'readMetadata') return read(org, call);
  return fault('sf:UNKNOWN_EXCEPTION', `no operation available for request ${call.name}`);
}

function upsert(org: Org, call: Element): SoapAnswer {
  const components = call.children.filter((one) => one.name === 'metadata');
  if (components.length > mostComponents) {
    return fault('sf:LIMIT_EXCEEDED', `LIMIT_EXCEEDED: no more than ${mostComponents} records`);
  }
  const results = components.map((component) => {
    const fullName = childText(component, 'fullName') ?? '';
    try {
      const created = upsertComponent(org, component, fullName);
      return `<result><created>${created}</created><fullName>${escapeXml(fullName)}</fullName><success>true</success></result>`;
    } catch (error) {
      if (!(error instanceof ComponentError)) throw error;
      const { message, code } = error;
      return `<result><created>false</created><errors><message>${escapeXml(message)}</message><statusCode>${code}</statusCode></errors><fullName>${escapeXml(fullName)}</fullName><success>false</success></result>`;
    }
  });
  return envelopeOf('upsertMetadataResponse', results.join(''));
}

function upsertComponent(org: Org, component: Element, fullName: string): boolean {
  if (component.type === 'CustomField') return upsertField(org, component, fullName);
  if (component.type === 'PermissionSet') return upsertPermissionSet(org, component, fullName);
  throw new ComponentError('INVALID_TYPE', `Unknown type: ${component.type ?? ''}`);
}

function upsertField(org: Org, component: Element, fullName: string): boolean {
  const [parent = '', name = ''] = fullName.split('.');
  const object = ownerOf(org, parent);
  if (object === undefined) {
    throw new ComponentError(
      'INVALID_CROSS_REFERENCE_KEY',
      `In field: entity - no CustomObject named ${parent} found`,
    );
  }
  if (!/^[A-Za-z]([A-Za-z0-9]|_(?!_))*(?<!_)__c$/.test(name)) {
    throw new ComponentError('INVALID_FIELD', `Invalid field name: ${name}`);
  }
  const label = childText(component, 'label');
  const type = childText(component, 'type') ?? '';
  const known = fieldTypes[type];
  if (label === undefined)
    throw new ComponentError('REQUIRED_FIELD_MISSING', 'Required field is missing: label');
  if (known === undefined) throw new ComponentError('INVALID_TYPE', `Invalid type: ${type}`);
  const length = Number(childText(component, 'length') ?? 0);
  if (type === 'Text' && !(length >= 1 && length <= 255)) {
    throw new ComponentError('FIELD_INTEGRITY_EXCEPTION', `Custom field length must be between 1 and 255`);
  }
  const old = org.objects.get(object)?.fields.get(name);
  if (old !== undefined && old.type !== known) {
    throw new ComponentError('FIELD_INTEGRITY_EXCEPTION', `Cannot change the type of ${fullName}`);
  }
  const flag = (trait: string) => childText(component, trait) === 'true';
  if (known !== 'string' && (flag('unique') || flag('externalId'))) {
    throw new ComponentError(
      'FIELD_INTEGRITY_EXCEPTION',
      `Can not specify 'externalId' or 'unique' for a CustomField of type ${type}`,
    );
  }
  org.addField(
    object,
    field(name, known, {
      label,
      unique: flag('unique'),
      externalId: flag('externalId'),
      caseSensitive: flag('caseSensitive'),
      ...(type === 'Text' ? { length } : {}),
    }),
  );
  return old === undefined;
}

function upsertPermissionSet(org: Org, component: Element, fullName: string): boolean {
  const label = childText(component, 'label');
  if (!/^[A-Za-z]\w*$/.test(fullName)) throw new ComponentError('INVALID_FIELD', `Invalid name: ${fullName}`);
  if (label === undefined)
    throw new ComponentError('REQUIRED_FIELD_MISSING', 'Required field is missing: label');
  const grants = component.children.filter((one) => one.name === 'fieldPermissions');
  const fields = grants.map((one) => {
    const name = childText(one, 'field') ?? '';
    const [object = '', fieldName = ''] = name.split('.');
    if (org.objects.get(object)?.fields.get(fieldName)?.custom !== true) {
      throw new ComponentError(
        'INVALID_CROSS_REFERENCE_KEY',
        `In field: field - no CustomField named ${name} found`,
      );
    }
    return { name, readable: childText(one, 'readable') === 'true' };
  });
  const exists = [...org.table('PermissionSet').values()].some((row) => row.Name === fullName);
  if (!exists) org.insert('PermissionSet', { Name: fullName, Label: label });
  org.grant(
    fullName,
    fields.filter((one) => one.readable).map((one) => one.name),
  );
  return !exists;
}

function read(org: Org, call: Element): SoapAnswer {
  const type = childText(call, 'type');
  const records = call.children
    .filter((one) => one.name === 'fullNames')
    .map((one) => readOne(org, type, one.text.trim()));
  return envelopeOf('readMetadataResponse', `<result>${records.join('')}</result>`);
}

function readOne(org: Org, type: string | undefined, fullName: string): string {
  const [parent = '', name = ''] = fullName.split('.');
  const def =
    type === 'CustomField' ? org.objects.get(ownerOf(org, parent) ?? '')?.fields.get(name) : undefined;
  if (def?.custom) return `<records xsi:type="CustomField">${fieldXml(fullName, def)}</records>`;
  const grants = type === 'PermissionSet' ? org.granted.get(fullName) : undefined;
  if (grants === undefined) return '<records xsi:nil="true"/>';
  const permissions = [...grants].map(
    (one) =>
      `<fieldPermissions><editable>true</editable><field>${escapeXml(one)}</field><readable>true</readable></fieldPermissions>`,
  );
  return `<records xsi:type="PermissionSet"><fullName>${escapeXml(fullName)}</fullName>${permissions.join('')}</records>`;
}

function fieldXml(fullName: string, def: FieldDef): string {
  const type = Object.keys(fieldTypes).find((one) => fieldTypes[one] === def.type) ?? '';
  return [
    `<fullName>${escapeXml(fullName)}</fullName>`,
    `<caseSensitive>${def.caseSensitive}</caseSensitive>`,
    `<externalId>${def.externalId}</externalId>`,
    `<label>${escapeXml(def.label)}</label>`,
    def.type === 'string' ? `<length>${def.length}</length>` : '',
    `<type>${type}</type>`,
    `<unique>${def.unique}</unique>`,
  ].join('');
}

function envelopeOf(name: string, content: string, status = 200): SoapAnswer {
  return {
    status,
    xml: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><${name}>${content}</${name}></soapenv:Body></soapenv:Envelope>`,
  };
}

function fault(code: string, message: string): SoapAnswer {
  return envelopeOf(
    'soapenv:Fault',
    `<faultcode>${code}</faultcode><faultstring>${escapeXml(message)}</faultstring>`,
    500,
  );
}
