/** The properties of a message, and what else they shall have. */
export const message = (over: object = {}) => ({
  hs_timestamp: '2026-11-20T10:00:00Z',
  hs_communication_channel_type: 'WHATS_APP',
  hs_communication_logged_from: 'CRM',
  ...over,
});

/** An association as it stands in a create. */
export const to = (id: string, associationTypeId: number) => ({
  to: { id },
  types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }],
});

/** A filter over one property, as the body of a search. */
export const where = (propertyName: string, operator: string, value?: string) => ({
  filterGroups: [{ filters: [{ propertyName, operator, ...(value !== undefined && { value }) }] }],
  properties: ['phone'],
});

/** The body of a batch create in which rows fail alone: trace ids `t0`, `t1`, … */
export const traced = (inputs: readonly object[]) => ({
  inputs: inputs.map((input, index) => ({ associations: [], objectWriteTraceId: `t${index}`, ...input })),
});
