/** Why a file cannot be imported, in a sentence for the person who imports it; never the text of a message. */
export class ChatExportError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ChatExportError';
  }
}
