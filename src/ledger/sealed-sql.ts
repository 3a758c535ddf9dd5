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
    query: async (text, params, haste) => vault.open(sql, await sql.query(text, params, haste)),
    kind: sql.kind,
    transaction: (work, haste) => sql.transaction((tx) => work(over(tx)), haste),
    session: (work) => sql.session((session) => work(over(session))),
    exec: (script) => sql.exec(script),
    close: () => sql.close(),
  };
}
