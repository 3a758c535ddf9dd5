/** What people can do that is kept. */
export const auditActions = [
  'parked.assign',
  'parked.ignore',
  'failed.replay',
  'mapping.publish',
  'mapping.rewrite',
] as const;
export type AuditAction = (typeof auditActions)[number];
