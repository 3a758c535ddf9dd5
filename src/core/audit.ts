/** Under which policies and owners are published, beside the mappings: no destination can be called so. */
export const rulesSubject = '~policies';

/** What people can do that is kept. */
export const auditActions = [
  'parked.assign',
  'parked.ignore',
  'parked.create',
  'parked.restore',
  'failed.replay',
  'mapping.publish',
  'mapping.rewrite',
  'conversation.view',
  'report.export',
  'settings.publish',
  'drift.log-again',
  'drift.restore',
  'drift.accept',
  'drift.view',
  'session.sign-in',
  'session.sign-out',
] as const;
export type AuditAction = (typeof auditActions)[number];
