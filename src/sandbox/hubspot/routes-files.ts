import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { endpoint } from './account.ts';
import { conflict, invalid, notFound } from './errors.ts';
import type { Faults } from './faults.ts';

/** A file as the account keeps it. */
export interface StoredFile {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly access: string;
  readonly content: Uint8Array;
  readonly contentType: string;
}

const options = z.strictObject({
  access: z.enum(['PRIVATE', 'PUBLIC_INDEXABLE', 'PUBLIC_NOT_INDEXABLE', 'HIDDEN_PRIVATE']),
  duplicateValidationStrategy: z.enum(['NONE', 'REJECT', 'RETURN_EXISTING']).default('NONE'),
  duplicateValidationScope: z.enum(['ENTIRE_PORTAL', 'EXACT_FOLDER']).default('ENTIRE_PORTAL'),
  overwrite: z.boolean().default(false),
  ttl: z
    .string()
    .regex(/^P(\d+[YMWD])+$/)
    .optional(),
});

const parts = new Set(['file', 'folderId', 'folderPath', 'fileName', 'options', 'charsetHunch']);

/** What the file routes work on. */
export interface FileAccount {
  readonly files: StoredFile[];
  readonly faults: Faults;
  readonly now: () => Date;
}

/** Upload by multipart form, with the three ways to treat a duplicate (HubSpot docs, files); single files and search. */
export function addFileRoutes(app: FastifyInstance, account: FileAccount): void {
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: 320 * 1024 * 1024 },
    (_request, body, done) => done(null, body),
  );
  const root = (rest: string) => ({
    v3: `/files/v3/files${rest}`,
    dated: (version: string) => `/files/${version}/files${rest}`,
  });
  const { files, now } = account;
  const upload = { operation: 'files.upload', scopes: ['files'] };
  endpoint(app, 'POST', root(''), upload, async ({ body, headers }, reply) => {
    const form = await readForm(body, headers['content-type']);
    const file = await readUpload(form);
    const given = readOptions(form.get('options'));
    account.faults.checkFile({ name: file.name, folder: file.folder, size: file.content.length });
    void reply.code(201);
    return presentFile(store(files, file, given), now);
  });
  endpoint(app, 'GET', root('/search'), { operation: 'files.search', scopes: ['files'] }, ({ query }) => {
    const { limit = '10', name, path } = query;
    const found = files.filter(
      (each) =>
        (name === undefined || baseOf(each.name) === name) && (path === undefined || pathOf(each) === path),
    );
    return { results: found.slice(0, Number(limit)).map((each) => presentFile(each, now)) };
  });
  endpoint(app, 'GET', root('/:id'), { operation: 'files.get', scopes: ['files'] }, ({ params }) => {
    const file = files.find((each) => each.id === params['id']);
    if (!file) throw notFound();
    return presentFile(file, now);
  });
}

type NewFile = Omit<StoredFile, 'id' | 'access'>;

async function readUpload(form: FormData): Promise<NewFile> {
  const stranger = [...form.keys()].find((name) => !parts.has(name));
  if (stranger !== undefined) throw invalid(`Unknown part ${stranger}`);
  const file = form.get('file');
  if (!(file instanceof File)) throw invalid('file part is missing');
  const folder = form.get('folderPath') ?? form.get('folderId');
  if (typeof folder !== 'string' || folder === '' || (form.has('folderPath') && form.has('folderId'))) {
    throw invalid('Exactly one of folderPath and folderId is required');
  }
  const named = form.get('fileName');
  const name = typeof named === 'string' ? named : file.name;
  if (name === '' || /[/\\]/.test(name)) throw invalid('fileName is not valid');
  const content = new Uint8Array(await file.arrayBuffer());
  if (content.length === 0) throw invalid('The file is empty');
  return { folder, name, content, contentType: file.type };
}

/** A file of the same content in the scope is a duplicate; a file of the same name alone gets a number. */
function store(files: StoredFile[], file: NewFile, given: z.infer<typeof options>): StoredFile {
  const { folder, content } = file;
  const same = files.find(
    (each) =>
      Buffer.compare(each.content, content) === 0 &&
      (given.duplicateValidationScope === 'ENTIRE_PORTAL' || each.folder === folder),
  );
  if (same && given.duplicateValidationStrategy === 'REJECT')
    throw conflict('A duplicate of the file exists');
  if (same && given.duplicateValidationStrategy === 'RETURN_EXISTING') return same;
  const id = String(90_000_000_001 + files.length);
  const stored = { ...file, name: freeName(files, file), id, access: given.access };
  files.push(stored);
  return stored;
}

function freeName(files: readonly StoredFile[], { folder, name }: NewFile): string {
  const isTaken = (wanted: string) => files.some((each) => each.folder === folder && each.name === wanted);
  let free = name;
  for (let number = 1; isTaken(free); number += 1) free = name.replace(/(\.[^.]*)?$/, `-${number}$1`);
  return free;
}

async function readForm(body: unknown, contentType: string | undefined): Promise<FormData> {
  if (!Buffer.isBuffer(body)) throw invalid('A multipart form is required');
  return new Response(new Uint8Array(body), { headers: { 'content-type': contentType ?? '' } }).formData();
}

function readOptions(text: string | File | null): z.infer<typeof options> {
  if (typeof text !== 'string') throw invalid('options part is missing');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('options is not JSON');
  }
  const result = options.safeParse(value);
  if (!result.success) throw invalid(`options: ${result.error.issues[0]?.path.join('.') ?? ''} is not valid`);
  return result.data;
}

const baseOf = (name: string): string => name.replace(/\.[^.]+$/, '');
const pathOf = ({ folder, name }: StoredFile): string => `${folder.replace(/\/$/, '')}/${name}`;

function presentFile(file: StoredFile, now: () => Date): object {
  const path = pathOf(file);
  return {
    id: file.id,
    createdAt: now().toISOString(),
    updatedAt: now().toISOString(),
    archived: false,
    name: baseOf(file.name),
    path,
    size: file.content.length,
    extension: /\.([^.]+)$/.exec(file.name)?.[1] ?? '',
    type: file.contentType.startsWith('image/') ? 'IMG' : 'OTHER',
    access: file.access,
    url: `https://files.example.com${path.startsWith('/') ? '' : '/'}${path}`,
  };
}
