import type { Interaction } from '../../src/core/interaction.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { render } from '../../src/mapping/render.ts';
import { send } from './post.ts';
import type { FuzzWorker } from './worker.ts';

const mappings = ['salesforce', 'hubspot'].map((crm) => readMapping(`config/mappings/${crm}.yaml`));

/** What came in by webhooks, on its way up to the CRM. */
export class Recorded {
  readonly #worker: FuzzWorker;
  #seen = '0';

  constructor(worker: FuzzWorker) {
    this.#worker = worker;
  }

  /**
   * Folds all that is there, and renders and maps what changed. @returns texts of the changed interactions, by key
   * @throws when anything of it fails, or an event holds up the inbox
   */
  async follow(): Promise<Map<string, string>> {
    const { sql } = this.#worker.parts.store;
    await this.#worker.fold();
    const stuck = await sql.query<{ error: string | null }>('select error from wcs.inbox order by event_id');
    if (stuck.length > 0) throw new Error(`${stuck.length} events are not folded: ${stuck[0]?.error}`);
    const rows = await sql.query<{ key: string; document: string; position: string }>(
      'select key, document, position from wcs.interactions where position > $1::bigint order by position',
      [this.#seen],
    );
    this.#seen = String(rows.at(-1)?.position ?? this.#seen);
    const texts = new Map<string, string>();
    for (const { key, document } of rows) texts.set(key, this.#show(JSON.parse(document) as Interaction));
    return texts;
  }

  #show(interaction: Interaction): string {
    const activity = render(interaction, { revision: 1, contact: { type: 'contact', id: '1' } });
    for (const mapping of mappings) mapActivity(mapping, activity, undefined);
    const shown = `${activity.title}${activity.text}${activity.person.name}`;
    if (/\0|\p{Cs}/u.test(shown)) throw new Error('what people read has signs that no CRM takes');
    return activity.text;
  }

  /** What people see of all that in the console. @throws when an address does not answer */
  async look(): Promise<void> {
    for (const path of [
      '/api/interactions?limit=100',
      '/api/conversations?limit=100',
      '/api/report',
      '/metrics',
    ]) {
      const { status } = await send(this.#worker.port, 'GET', path, {});
      if (status !== 200) throw new Error(`${path} is answered ${status}`);
    }
  }

  /** Whatever a failed case has left behind. */
  async clear(): Promise<void> {
    await this.#worker.parts.store.sql.query('delete from wcs.inbox');
  }
}
