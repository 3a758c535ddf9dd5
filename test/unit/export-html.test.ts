import { expect, test } from '@jest/globals';
import { markup, page } from '../../src/export/html.ts';

test('values are escaped wherever they stand, and markup is not', () => {
  const inner = markup`<b>${'<i>'}</b>`;
  expect(markup`<a title="${'"x" & \'y\''}">${inner}${[inner, false]}</a>${undefined}${false}${0}`.text).toBe(
    '<a title="&quot;x&quot; &amp; &#39;y&#39;"><b>&lt;i&gt;</b><b>&lt;i&gt;</b>\n</a>0',
  );
});

test('control characters become their pictures, lines and tabs stay', () => {
  expect(markup`${'\u0000\u0007\u007f\u0085 a\tb\nc'}`.text).toBe('␀␇\ufffd\ufffd a\tb\nc');
});

test('a page lets no script run and fetches nothing', () => {
  const text = page('<t>', '../', markup`x`);
  expect(text).toMatch(/http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;;/);
  expect(text).not.toMatch(/script-src|https?:/);
  expect(text).toContain('<title>&lt;t&gt;</title>');
});
