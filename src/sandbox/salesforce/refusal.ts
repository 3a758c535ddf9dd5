/** One error as Salesforce names it. At the top of an answer it is `errorCode`, in a row of a collection `statusCode`. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly string[];

  constructor(status: number, code: string, message: string, fields: readonly string[] = []) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  /** body of an answer with a 4xx or 5xx status (REST guide, "Status Codes and Error Responses") */
  get body(): object[] {
    return [{ message: this.message, errorCode: this.code, fields: this.fields }];
  }

  /** a row of a collection's answer (REST guide, sObject Collections) */
  get row(): object {
    return {
      success: false,
      errors: [{ statusCode: this.code, message: this.message, fields: this.fields }],
    };
  }
}

/** 400 with a code and a message: the shape of nearly all refusals. */
export function refuse(code: string, message: string, fields: readonly string[] = []): Refusal {
  return new Refusal(400, code, message, fields);
}

/** Salesforce's answer for a path, object or record that is not there. */
export function notFound(message = 'The requested resource does not exist'): Refusal {
  return new Refusal(404, 'NOT_FOUND', message);
}
