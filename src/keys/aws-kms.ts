import { AwsClient } from 'aws4fetch';
import { askService } from './ask.ts';
import { MasterKeyError, type MasterKey } from './master-key.ts';

export interface KmsOptions {
  /** id, ARN or alias of a symmetric key */
  readonly keyId: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** of temporary credentials */
  readonly sessionToken?: string;
  /** of a VPC endpoint; without it the region's own address */
  readonly url?: string;
}

/** What AWS says with status 400 when it is only busy (KMS API reference, "Common Errors"). */
const busy = /(Throttling|LimitExceeded|KMSInvalidState|KeyUnavailable|DependencyTimeout|RequestExpired)/;

/** A master key that stays in AWS KMS: data keys go there to be wrapped and opened (actions kms:Encrypt, kms:Decrypt). */
export function awsKmsKey(id: string, options: KmsOptions): MasterKey {
  const { keyId, region, url = `https://kms.${region}.amazonaws.com`, ...access } = options;
  const client = new AwsClient({ ...access, region, service: 'kms', retries: 0 });
  // Shown in CloudTrail, and needed to decrypt: what another program encrypted with the key is none of ours.
  const context = { EncryptionContext: { product: 'whatsapp-crm-sync', use: 'data-key' } };
  const ask = async (action: 'Encrypt' | 'Decrypt', input: object, output: string): Promise<string> => {
    const body = JSON.stringify({ KeyId: keyId, ...input, ...context });
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${action}`,
    };
    const answer = await askService(
      id,
      // Another host would get the key that is to be wrapped.
      (signal) => client.fetch(`${url}/`, { method: 'POST', headers, body, signal, redirect: 'manual' }),
      ({ status, body: said }) => status === 429 || busy.test(String(said['__type'])),
    );
    const value = answer[output];
    if (typeof value === 'string') return value;
    throw new MasterKeyError(id, 'unavailable', `the answer has no ${output}`);
  };
  return {
    id,
    kind: 'aws-kms',
    wrap: (dataKey) => ask('Encrypt', { Plaintext: dataKey.toString('base64') }, 'CiphertextBlob'),
    unwrap: async (wrapped) =>
      Buffer.from(await ask('Decrypt', { CiphertextBlob: wrapped }, 'Plaintext'), 'base64'),
  };
}
