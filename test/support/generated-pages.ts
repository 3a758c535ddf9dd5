import { format } from 'prettier';
import { z } from 'zod';
import { settingsShape } from '../../config/schema.ts';
import { mappingShape } from '../../src/mapping/mapping-file.ts';
import { vocabularyOf, type MappingPart, type VocabularyEntry } from '../../src/mapping/vocabulary.ts';

/** Files that are made from the code's schemas, by their path. */
export const generatedPages: Readonly<Record<string, () => Promise<string>>> = {
  'docs/vocabulary.md': vocabularyPage,
  'config/mapping.schema.json': () => schemaFile(mappingShape, 'Mapping of whatsapp-crm-sync'),
  'config/settings.schema.json': () => schemaFile(settingsShape, 'Settings of whatsapp-crm-sync'),
};

async function schemaFile(shape: z.ZodType, title: string): Promise<string> {
  const schema = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  return format(JSON.stringify({ title, ...schema }), { parser: 'json', printWidth: 110 });
}

async function vocabularyPage(): Promise<string> {
  const records = vocabularyOf('message').filter(({ path }) => !isOwn(path));
  const own = (part: 'call' | 'conversation') =>
    vocabularyOf(part).filter(({ path }) => path.startsWith(`${part}.`));
  const text = `# Vocabulary of a mapping

Made from \`src/mapping/vocabulary.ts\` (\`npm run docs:mapping\`). How the names are used is in [mapping.md](mapping.md).

A name stands after \`path:\`, or in a template and a condition: \`{{ person.name }}\`. Where there may be no value, a rule without
\`default\` leaves the field out. Times are ISO 8601 in UTC.

## In message, call and conversation

${table(records)}

## In call

${table(own('call'))}

## In conversation

${table(own('conversation'))}

## In contact and lead

${table(vocabularyOf('contact' satisfies MappingPart))}
`;
  return format(text, { parser: 'markdown', printWidth: 110, proseWrap: 'preserve' });
}

function isOwn(path: string): boolean {
  return path.startsWith('call.') || path.startsWith('conversation.');
}

function table(entries: readonly VocabularyEntry[]): string {
  const rows = entries.map(({ path, type, values, always, text }) => {
    const kind = values === undefined ? type : values.map((value) => `\`${value}\``).join(', ');
    return `| \`${path}\` | ${kind} | ${always ? 'yes' : 'no'} | ${text} |`;
  });
  return ['| name | kind | always there | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
