import type { FastifyInstance } from 'fastify';
import { param, route, type Context } from './context.ts';
import { notFound, refuse } from './refusal.ts';

/** A JSON body may have so many bytes; a form 2 GB in real life (REST guide, Insert or Update Blob Data). */
const longestForm = 320 * 1_048_576;

/**
 * Forms for creating files: a part `entity_content` with the record as JSON, and a part `VersionData` with a file name.
 * Parsed here into the record with base64, so that the route for creating records need not know.
 */
export function fileRoutes(app: FastifyInstance, { org }: Context): void {
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: longestForm },
    async (request: { headers: { 'content-type'?: string | undefined } }, body: unknown) =>
      readForm(body as Buffer, request.headers['content-type'] ?? ''),
  );
  const data = '/services/data/:version/sobjects/ContentVersion/:id/VersionData';
  route(app, 'GET', data, 'retrieve', async (request, reply) => {
    const content = org.contents.get(param(request, 'id'));
    if (content === undefined) throw notFound();
    return reply.type('application/octet-stream').send(content);
  });
}

async function readForm(body: Buffer, contentType: string): Promise<Record<string, unknown>> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw refuse('INVALID_MULTIPART_REQUEST', 'The multipart request could not be read');
    });
  const entity = form.get('entity_content');
  const data = form.get('VersionData');
  if (entity === null || !(data instanceof File) || [...form.keys()].length !== 2) {
    throw refuse('INVALID_MULTIPART_REQUEST', 'A part entity_content and a part VersionData are needed');
  }
  const record = JSON.parse(typeof entity === 'string' ? entity : await entity.text()) as object;
  return { ...record, VersionData: Buffer.from(await data.arrayBuffer()).toString('base64') };
}
