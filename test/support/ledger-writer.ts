import { openLedger } from '../../src/ledger/open.ts';
import { eventOf } from './ledger-data.ts';

/**
 * A process that appends until it is killed: `ledger-writer.ts <folder> <round>`. Says `open`, then the name of each
 * event after the ledger has acknowledged it.
 */
const [folder = '', round = ''] = process.argv.slice(2);
const { ledger } = await openLedger({ dataDir: folder });
process.stdout.write('open\n');

async function write(lane: number): Promise<never> {
  for (let nth = 0; ; nth += 1) {
    const name = `${round}-${lane}-${nth}`;
    await ledger.append([eventOf(name, { text: 'x'.repeat(500) })], []);
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane)));
