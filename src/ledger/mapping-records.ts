/** A mapping as it was published. */
export interface MappingVersion {
  /** rises */
  readonly id: number;
  readonly destination: string;
  /** hash of the content: receipts name it */
  readonly version: string;
  /** the file's text: YAML */
  readonly body: string;
  readonly origin: 'file' | 'api';
  /** who published it */
  readonly author: string;
  readonly why: string;
  /** ISO 8601 */
  readonly at: string;
}

export interface NewMapping extends Omit<MappingVersion, 'id' | 'at'> {
  /** the version that it was made from: somebody else's change in between is not lost. Undefined: whatever there is */
  readonly after?: string;
}
