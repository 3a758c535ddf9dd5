import { rulesSubject } from '../core/audit.ts';
import { cleanText } from '../core/text.ts';
import { keepAudit } from './audit.ts';
import type { MappingVersion, NewMapping } from './ledger.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { lockDestination, transact } from './transact.ts';

interface MappingRow extends Row {
  id: string;
  destination: string;
  version: string;
  body: string;
  origin: 'file' | 'api';
  author: string;
  why: string;
  at: Date;
}

const all = 'id, destination, version, body, origin, author, why, at';

const toVersion = ({ id, at, ...row }: MappingRow): MappingVersion => ({
  ...row,
  id: Number(id),
  at: at.toISOString(),
});

/** Published mappings of a destination, the newest first. */
export async function mappingVersions(sql: Sql, destination: string, limit = 100): Promise<MappingVersion[]> {
  const rows = await sql.query<MappingRow>(
    `select ${all} from wcs.mappings where destination = $1 order by id desc limit $2`,
    [destination, limit],
  );
  return rows.map(toVersion);
}

/** A file that was published once is not published again when another process starts with it. */
async function lastOfFile(tx: SqlExecutor, destination: string): Promise<string | undefined> {
  const [row] = await tx.query<{ version: string }>(
    `select version from wcs.mappings where destination = $1 and origin = 'file' order by id desc limit 1`,
    [destination],
  );
  return row?.version;
}

/** Publishes a mapping, if the newest one is still the one that it was made from. */
export function addMapping(sql: Sql, mapping: NewMapping): Promise<MappingVersion | undefined> {
  const { destination, version, body, origin, author, why, after } = mapping;
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'mapping', destination);
    const [newest] = await tx.query<{ version: string; origin: string }>(
      'select version, origin from wcs.mappings where destination = $1 order by id desc limit 1',
      [destination],
    );
    if (after !== undefined && newest !== undefined && newest.version !== after) return undefined;
    if (newest?.version === version && newest.origin === origin) return undefined;
    if (origin === 'file' && (await lastOfFile(tx, destination)) === version) return undefined;
    const [row] = await tx.query<MappingRow>(
      `insert into wcs.mappings (destination, version, body, origin, author, why)
       values ($1, $2, $3, $4, $5, $6) returning ${all}`,
      [destination, version, cleanText(body), origin, cleanText(author), cleanText(why)],
    );
    await keepAudit(tx, {
      actor: author,
      action: destination === rulesSubject ? 'settings.publish' : 'mapping.publish',
      subject: destination === rulesSubject ? '' : destination,
      detail: { version, origin, why },
    });
    return row && toVersion(row);
  });
}
