import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';

const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** Without code, where brackets are no links. */
const prose = (page: string): string =>
  readFileSync(page, 'utf8')
    .replaceAll(/^```[^]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => (code.includes('](') ? '' : code));

/** Names of the headings of a page as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const heads = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, head = '']) => head);
  return new Set(
    heads.map((head) =>
      head
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links of a page into the project: those that lead nowhere. */
function brokenLinks(page: string): string[] {
  const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#', 2);
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
    });
}

test.each(pages)('every link of %s leads to a file and heading that are there', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test('every page of docs/ is in the list of README.md', () => {
  const listed = prose('README.md');
  const missing = pages.filter((page) => page.startsWith('docs') && !listed.includes(`](${page})`));
  expect(missing.filter((page) => !/errors-[a-z]+\.md$/.test(page))).toEqual([]);
});
