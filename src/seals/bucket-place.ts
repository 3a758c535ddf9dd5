import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { readSeal, sealFileName, sealText, type SealPlace } from './place.ts';

export interface BucketPlaceOptions {
  /** address of the bucket: `https://s3.eu-central-1.amazonaws.com/my-seals`, with a path where wanted */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** nobody, not even the account's owner, can remove or replace a copy for so long (object lock, compliance mode) */
  readonly lockDays?: number;
  readonly timeoutMs?: number;
}

/**
 * Copies of seals in an S3-compatible bucket. With `lockDays` each is written with a lock in compliance mode, for which the
 * bucket must have been made with object lock (docs.aws.amazon.com, "S3 Object Lock": such a PUT needs a checksum).
 */
export function createBucketPlace(options: BucketPlaceOptions): SealPlace {
  const { url, region, accessKeyId, secretAccessKey, lockDays, timeoutMs = 30_000 } = options;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 });
  const base = url.replace(/\/+$/, '');
  const { host, pathname } = new URL(base);
  const addressOf = (number: number) => `${base}/${sealFileName(number)}`;
  const signal = () => AbortSignal.timeout(timeoutMs);
  return {
    name: `bucket ${host}${pathname}`,
    async put(seal) {
      const body = sealText(seal);
      const until = new Date(Date.parse(seal.at) + (lockDays ?? 0) * 86_400_000).toISOString();
      const answer = await client.fetch(addressOf(seal.number), {
        method: 'PUT',
        body,
        redirect: 'manual',
        signal: signal(),
        headers: {
          'content-type': 'application/json',
          'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
          // The first copy stays, whoever writes another one later.
          'if-none-match': '*',
          ...(lockDays !== undefined && {
            'x-amz-object-lock-mode': 'COMPLIANCE',
            'x-amz-object-lock-retain-until-date': until,
          }),
        },
      });
      await answer.body?.cancel();
      const isThere = answer.status === 412;
      if (!answer.ok && !isThere) throw new Error(`${host} answered ${answer.status}`);
    },
    async get(number) {
      const answer = await client.fetch(addressOf(number), { redirect: 'manual', signal: signal() });
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      if (!answer.ok) {
        await answer.body?.cancel();
        throw new Error(`${host} answered ${answer.status}`);
      }
      return readSeal(await answer.text());
    },
  };
}
