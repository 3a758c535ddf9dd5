import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { ExportSink } from '../pipeline/export-operations.ts';

/** What is packed already gains nothing from being packed again. */
const packed = /\.(jpg|png|gif|webp|mp3|m4a|ogg|opus|aac|mp4|3gp|zip|pdf|docx|xlsx|pptx)$/;

/**
 * The bytes of a zip of all files that `write` adds, made as they are read: nothing waits in memory. Whoever stops reading
 * stops the writing.
 */
export async function* zipOf(write: (sink: ExportSink) => Promise<unknown>): AsyncIterable<Uint8Array> {
  const zip = new ZipFile();
  const bytes = new PassThrough();
  zip.outputStream.pipe(bytes);
  zip.on('error', (error) => bytes.destroy(error as Error));
  const sink: ExportSink = {
    add: (path, content) =>
      new Promise((resolve, reject) => {
        if (bytes.destroyed) return reject(new Error('Nobody takes the export any more.'));
        const gone = () => file.destroy(new Error('Nobody takes the export any more.'));
        const file = Readable.from(content, { objectMode: false });
        bytes.once('close', gone);
        file.once('close', () => {
          bytes.off('close', gone);
          if (file.errored) reject(file.errored);
          else resolve();
        });
        zip.addReadStream(file, path, { mtime: new Date(0), mode: 0o100644, compress: !packed.test(path) });
      }),
  };
  const work = write(sink).then(
    () => zip.end(),
    (error: Error) => void bytes.destroy(error),
  );
  try {
    yield* bytes;
  } finally {
    bytes.destroy();
    await work;
  }
}
