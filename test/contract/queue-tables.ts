type Run = (sql: string) => Promise<Record<string, unknown>[]>;

/** BullMQ's tables in PostgreSQL that hold anything. */
export const queueTables = [
  'job',
  'dedup',
  'dedup_next',
  'event',
  'meta',
  'scheduler',
  'job_log',
  'job_dependency',
].map((table) => `wcs_queue.${table}`);

/** Empties BullMQ's tables in PostgreSQL. */
export async function wipeQueue(run: Run): Promise<void> {
  await run(`TRUNCATE ${queueTables.join(', ')} CASCADE`);
}

/** All rows of BullMQ's tables in PostgreSQL, as text. */
export async function dumpQueue(run: Run): Promise<string> {
  const lines: string[] = [];
  for (const table of queueTables) {
    for (const row of await run(`SELECT * FROM ${table}`)) lines.push(`${table} ${JSON.stringify(row)}`);
  }
  return lines.join('\n').replaceAll('\\"', '"');
}
