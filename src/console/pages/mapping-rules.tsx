import { ActionIcon, Anchor, Group, Select, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { readDraft, rulesOf, withoutRule, withRule, type DraftRule } from '../draft.ts';
import { t } from '../texts.ts';
import type { Finding, MappingFields } from '../types.ts';

interface Props {
  text: string;
  part: string;
  /** what the CRM and the activity have */
  known: MappingFields | undefined;
  mistakes: readonly Finding[];
  isFixed: boolean;
  edit(text: string): void;
}

/** Fields of the CRM on the left, where their values come from on the right. */
export function Rules({ text, part, known, mistakes, isFixed, edit }: Props) {
  const [focused, setFocused] = useState<DraftRule>();
  const document = readDraft(text);
  const rules = document === undefined ? [] : rulesOf(document, part);
  const taken = new Set(rules.map(({ field }) => field));
  const free =
    known?.fields.filter(
      (field) => !taken.has(field.name) && field['reserved'] !== true && field['createable'] !== false,
    ) ?? [];
  const use = (path: string) => {
    if (focused === undefined) return;
    const rule = rules.find(({ group, field }) => group === focused.group && field === focused.field);
    const next = rule?.text.includes('template:')
      ? rule.text.replace(
          /(template: *(?:'[^']*|"[^"]*|.*))/,
          (line) => `${line.replace(/\s*\}?$/, '')}{{ ${path} }}`,
        )
      : `{ path: ${path} }`;
    edit(withRule(text, part, focused, next));
  };
  return (
    <div>
      {rules.map((rule) => (
        <RuleRow
          key={`${rule.group} ${rule.field} ${rule.text}`}
          rule={rule}
          label={known?.fields.find(({ name }) => name === rule.field)?.label}
          mistake={
            mistakes.find(({ subject }) => subject.startsWith(`${part}.${rule.group}.${rule.field}`))?.text
          }
          isFixed={isFixed}
          focus={() => setFocused(rule)}
          change={(next) => edit(withRule(text, part, rule, next))}
          remove={() => edit(withoutRule(text, part, rule))}
        />
      ))}
      {!isFixed && (
        <Select
          mt="sm"
          label={t.mappings.add}
          placeholder={t.mappings.addHint}
          searchable
          value={null}
          data={free.map(({ name, label, type }) => ({ value: name, label: `${label} (${name}, ${type})` }))}
          limit={100}
          onChange={(name) => {
            if (name === null) return;
            edit(withRule(text, part, { group: 'fields', field: name }, '{ path: text }'));
          }}
        />
      )}
      {!isFixed && known !== undefined && (
        <Values values={known.vocabulary} use={use} target={focused?.field} />
      )}
    </div>
  );
}

function RuleRow({
  rule,
  label,
  mistake,
  isFixed,
  focus,
  change,
  remove,
}: {
  rule: DraftRule;
  label: string | undefined;
  mistake: string | undefined;
  isFixed: boolean;
  focus(): void;
  change(text: string): void;
  remove(): void;
}) {
  const [typed, setTyped] = useState(rule.text);
  return (
    <div className="rule">
      <div>
        <Text fw={600}>{label ?? rule.field}</Text>
        <Text size="xs" c="dimmed">
          {rule.field} · {rule.group === 'createOnly' ? t.mappings.createOnly : t.mappings.always}
        </Text>
      </div>
      <Textarea
        className="mono"
        aria-label={`${t.mappings.rule}: ${rule.field}`}
        autosize
        maxRows={12}
        value={typed}
        readOnly={isFixed}
        spellCheck={false}
        error={mistake}
        onFocus={focus}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={() => {
          if (typed !== rule.text) change(typed);
        }}
      />
      {!isFixed && (
        <ActionIcon variant="default" aria-label={t.mappings.remove(rule.field)} onClick={remove}>
          ×
        </ActionIcon>
      )}
    </div>
  );
}

/** Everything that a rule can name. */
function Values({
  values,
  use,
  target,
}: {
  values: MappingFields['vocabulary'];
  use(path: string): void;
  target: string | undefined;
}) {
  const [asked, setAsked] = useState('');
  const fits = values.filter(({ path, text }) =>
    `${path} ${text}`.toLowerCase().includes(asked.toLowerCase()),
  );
  return (
    <details className="values" open>
      <summary>
        {t.mappings.values} {target !== undefined && `→ ${target}`}
      </summary>
      <Text size="sm" c="dimmed">
        {t.mappings.valuesHint}
      </Text>
      <TextInput
        my="xs"
        aria-label={`${t.search}: ${t.mappings.values}`}
        placeholder={t.search}
        value={asked}
        onChange={(event) => setAsked(event.currentTarget.value)}
      />
      {fits.map(({ path, type, text }) => (
        <Group key={path} gap="xs" wrap="nowrap" align="baseline">
          <Anchor
            component="button"
            type="button"
            size="sm"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => use(path)}
          >
            {path}
          </Anchor>
          <Text size="xs" c="dimmed">
            {type} · {text}
          </Text>
        </Group>
      ))}
    </details>
  );
}
