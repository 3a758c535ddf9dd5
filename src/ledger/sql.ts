import type { Keyring } from '../keys/keyring.ts';

/** Values that both drivers take: no Date, no Buffer surprises; arrays become PostgreSQL arrays. */
export type SqlValue = string | number | boolean | null | readonly (string | number | boolean | null)[];

export type Row = Record<string, unknown>;

/** Runs one statement. int8 and numeric arrive as strings, timestamptz as Date, text and json as they are. */
export interface SqlExecutor {
  query<R extends Row = Row>(text: string, params?: readonly SqlValue[]): Promise<R[]>;
  /** Seals content before it is written; absent: content is kept in clear. What is read is opened already. */
  readonly vault?: ContentVault;
}

/** A key that seals content. `id` is a number as text. */
export interface ContentKey {
  readonly id: string;
  readonly key: Buffer;
}

/** What the ledger's writers need of the encryption at rest (vault.ts). */
export interface ContentVault {
  readonly keyring: Keyring;
  /** The live keys of these scopes, as far as there are any. @throws MasterKeyError */
  find(scopes: readonly string[]): Promise<ReadonlyMap<string, ContentKey>>;
  /** Makes the keys of scopes that have none; durable when the promise resolves. @throws MasterKeyError */
  create(scopes: readonly string[]): Promise<ReadonlyMap<string, ContentKey>>;
  /** Live keys by their ids. @throws MasterKeyError */
  load(sql: Pick<SqlExecutor, 'query'>, ids: readonly string[]): Promise<ReadonlyMap<string, ContentKey>>;
  /** Keys that were destroyed. */
  forget(ids: readonly string[]): void;
}

/** The column by which a sealed row is named: its content opens in no other row. */
export const rowNames = { events: 'dedupe_key', interactions: 'key' } as const;

/**
 * `urgent`: somebody waits for the answer right now; goes first where there is only one session, and gives up soon.
 * `patient`: may take as long as it takes.
 */
export type Haste = 'urgent' | 'usual' | 'patient';

/**
 * The driver port of the ledger: a PostgreSQL server through pg, or PGlite in this process. Transactions are READ
 * COMMITTED and are made only through `transaction`: all users of a PGlite share one session.
 */
export interface Sql extends SqlExecutor {
  readonly kind: 'postgres' | 'embedded';
  query<R extends Row = Row>(text: string, params?: readonly SqlValue[], haste?: Haste): Promise<R[]>;
  transaction<T>(work: (tx: SqlExecutor) => Promise<T>, haste?: Haste): Promise<T>;
  /** Statements outside of transactions, all by one connection, whose settings are as before afterwards: for VACUUM. */
  session<T>(work: (session: SqlExecutor) => Promise<T>): Promise<T>;
  /** Several statements without parameters; for migrations. */
  exec(script: string): Promise<void>;
  close(): Promise<void>;
}
