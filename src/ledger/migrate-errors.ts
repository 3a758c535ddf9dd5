/** The database was made by a newer program, which said that this one does not work with it. */
export class SchemaTooNewError extends Error {
  constructor(found: number, known: number) {
    super(
      `The ledger's schema has version ${found} and this program knows versions up to ${known}, and does not work with ` +
        'the newer one. It was migrated by a newer release: run that one, or restore a backup from before.',
    );
    this.name = 'SchemaTooNewError';
  }
}

/** The schema `wcs` of the database is another program's. */
export class ForeignSchemaError extends Error {
  /** @param why what is there, in a half sentence */
  constructor(why: string) {
    super(
      `The database has a schema "wcs" that this program did not make: ${why}. ` +
        'Give the worker a database of its own: see DATABASE_URL.',
    );
    this.name = 'ForeignSchemaError';
  }
}

/** Others did not let go of the database in time. */
export class MigrationsLockedError extends Error {
  constructor(who: string, waitedMs: number) {
    super(
      `The database could not be migrated within ${Math.round(waitedMs / 1_000)} s: it is in use by ${who}. ` +
        'Nothing was changed. Start again when that is done.',
    );
    this.name = 'MigrationsLockedError';
  }
}
