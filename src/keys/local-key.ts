import { open, seal } from './cipher.ts';
import { MasterKeyError, type MasterKey } from './master-key.ts';

/** A master key in the memory of this process, from the environment or a file. */
export function localKey(id: string, key: Buffer): MasterKey {
  const about = JSON.stringify(['wcs-master-key-1', id]);
  return {
    id,
    kind: 'local',
    wrap: async (dataKey) => seal(key, about, dataKey).toString('base64'),
    async unwrap(wrapped) {
      const dataKey = open(key, about, Buffer.from(wrapped, 'base64'));
      if (dataKey !== undefined) return dataKey;
      throw new MasterKeyError(id, 'refused', 'what it shall open was wrapped by another key, or altered');
    },
  };
}
