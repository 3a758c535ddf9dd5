/** Under which policies and owners are published, beside the mappings: no destination can be called so. */
export const rulesSubject = '~policies';

/** What is kept of what people and the program do (docs/audit.md has a line for each). */
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
  'records.export',
  'settings.publish',
  'keys.rotate',
  'keys.encrypt',
  'content.purge',
  'content.scrub',
  'hold.place',
  'hold.release',
  'person.erase',
  'session.sign-in',
  'session.sign-out',
  'session.refused',
  'settings.load',
  'worker.start',
  'worker.stop',
  'destination.setup',
  'import.append',
  'parked.give-up',
  'parked.release',
  'quarantine.view',
  'quarantine.release',
  'quarantine.discard',
  'quarantine.expire',
] as const;
export type AuditAction = (typeof auditActions)[number];
