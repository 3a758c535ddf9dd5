import type { Sql, SqlExecutor } from './sql.ts';
import type { Vault } from './vault.ts';

/** A driver that opens what is sealed in the rows that it gives. What is written must be sealed by its writer. */
export function sealedSql(sql: Sql, vault: Vault): Sql {
  const over = (inner: Pick<SqlExecutor, 'query'>): SqlExecutor => ({
    vault,
    query: async (text, params) => vault.open(inner, await inner.query(text, params)),
  });
  return {
    ...over(sql),
    query: async (text, params, urgent) => vault.open(sql, await sql.query(text, params, urgent)),
    kind: sql.kind,
    transaction: (work, urgent) => sql.transaction((tx) => work(over(tx)), urgent),
    session: (work) => sql.session((session) => work(over(session))),
    exec: (script) => sql.exec(script),
    close: () => sql.close(),
  };
}
