/** Values that both drivers take: no Date, no Buffer surprises; arrays become PostgreSQL arrays. */
export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

export type Row = Record<string, unknown>;

/** Runs one statement. int8 and numeric arrive as strings, timestamptz as Date, text and json as they are. */
export interface SqlExecutor {
  query<R extends Row = Row>(text: string, params?: readonly SqlValue[]): Promise<R[]>;
}

/**
 * The driver port of the ledger: a PostgreSQL server through pg, or PGlite in this process. Transactions are READ
 * COMMITTED and are made only through `transaction`: all users of a PGlite share one session.
 */
export interface Sql extends SqlExecutor {
  readonly kind: 'postgres' | 'embedded';
  /** `urgent`: as for {@link transaction} */
  query<R extends Row = Row>(text: string, params?: readonly SqlValue[], urgent?: boolean): Promise<R[]>;
  /** `urgent`: somebody waits for the answer right now; goes first where there is only one session. */
  transaction<T>(work: (tx: SqlExecutor) => Promise<T>, urgent?: boolean): Promise<T>;
  /** Several statements without parameters; for migrations. */
  exec(script: string): Promise<void>;
  close(): Promise<void>;
}
