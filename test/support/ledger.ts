import { openLedger, type OpenLedger } from '../../src/ledger/open.ts';
import { copyDatabase } from './template.ts';
import { makeTempFolder } from './temp.ts';

/** An empty embedded ledger in this folder, in a fraction of the time that a first start takes. */
export async function openEmptyLedger(folder: string): Promise<OpenLedger> {
  copyDatabase(folder);
  return openLedger({ dataDir: folder });
}

/** The same in a folder of its own, which `close` removes. */
export async function openOwnLedger(): Promise<OpenLedger & { close(): Promise<void> }> {
  const folder = makeTempFolder('ledger');
  const opened = await openEmptyLedger(folder.path);
  return {
    ...opened,
    async close() {
      await opened.ledger.close();
      folder.remove();
    },
  };
}
