import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { endpoint } from './account.ts';
import { conflict, invalid, notFound } from './errors.ts';

/** A file as the account keeps it. */
export interface StoredFile {
  readonly id: string;
  readonly folder: string;
  readonly name: string;
  readonly access: string;
  readonly content: Uint8Array;
  readonly contentType: string;
}

const options = z.looseObject({
  access: z.enum(['PRIVATE', 'PUBLIC_INDEXABLE', 'PUBLIC_NOT_INDEXABLE']),
  duplicateValidationStrategy: z.enum(['NONE', 'REJECT', 'RETURN_EXISTING']).default('NONE'),
  duplicateValidationScope: z.enum(['ENTIRE_PORTAL', 'EXACT_FOLDER']).default('ENTIRE_PORTAL'),
  overwrite: z.boolean().default(false),
});

/** Upload by multipart form, with the three ways to treat a duplicate (HubSpot docs, files). */
export function addFileRoutes(app: FastifyInstance, files: StoredFile[], now: () => Date): void {
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: 64 * 1024 * 1024 },
    (_request, body, done) => done(null, body),
  );
  const paths = { v3: '/files/v3/files', dated: (version: string) => `/files/${version}/files` };
  const one = { v3: '/files/v3/files/:id', dated: (version: string) => `/files/${version}/files/:id` };

  endpoint(
    app,
    'POST',
    paths,
    { operation: 'files.upload', scope: 'files' },
    async ({ body, headers }, reply) => {
      const form = await readForm(body, headers['content-type']);
      const file = form.get('file');
      const folder = form.get('folderPath') ?? form.get('folderId');
      if (!(file instanceof File)) throw invalid('file part is missing');
      if (typeof folder !== 'string' || (form.has('folderPath') && form.has('folderId'))) {
        throw invalid('Exactly one of folderPath and folderId is required');
      }
      const given = readOptions(form.get('options'));
      const named = form.get('fileName');
      const name = typeof named === 'string' ? named : file.name;
      const content = new Uint8Array(await file.arrayBuffer());
      const same = files.find(
        (each) =>
          Buffer.compare(each.content, content) === 0 &&
          (given.duplicateValidationScope === 'ENTIRE_PORTAL' || each.folder === folder),
      );
      if (same && given.duplicateValidationStrategy === 'REJECT')
        throw conflict('A duplicate of the file exists');
      void reply.code(201);
      if (same && given.duplicateValidationStrategy === 'RETURN_EXISTING') return presentFile(same, now);
      const stored = {
        id: String(90_000_000_001 + files.length),
        folder,
        name,
        access: given.access,
        content,
        contentType: file.type,
      };
      files.push(stored);
      return presentFile(stored, now);
    },
  );
  endpoint(app, 'GET', one, { operation: 'files.get', scope: 'files' }, ({ params }) => {
    const file = files.find((each) => each.id === params['id']);
    if (!file) throw notFound();
    return presentFile(file, now);
  });
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
  if (!result.success) throw invalid('options.access is required');
  return result.data;
}

function presentFile(file: StoredFile, now: () => Date): object {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1] ?? '';
  const path = `${file.folder.replace(/\/$/, '')}/${file.name}`;
  return {
    id: file.id,
    createdAt: now().toISOString(),
    updatedAt: now().toISOString(),
    archived: false,
    name: file.name.replace(/\.[^.]+$/, ''),
    path,
    size: file.content.length,
    extension,
    type: file.contentType.startsWith('image/') ? 'IMG' : 'OTHER',
    access: file.access,
    url: `https://files.example.com${path.startsWith('/') ? '' : '/'}${path}`,
  };
}
