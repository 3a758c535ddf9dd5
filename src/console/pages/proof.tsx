import { Alert, Button, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api.ts';
import { agoText, countText, timeText } from '../format.ts';
import { Answered, PageTitle, StateBadge, Trouble } from '../parts.tsx';
import { useMe } from '../session.ts';
import { Columns, Facts, Section } from '../tables.tsx';
import { t } from '../texts.ts';
import type { SealState, Verification } from '../types.ts';
import { ExportForm } from './proof-export.tsx';
import { Missing } from './proof-missing.tsx';
import { Reports } from './reports.tsx';

/** That all of it is here and nothing of it was altered: seals, daily reports, what is missing, and the export. */
export function ProofPage() {
  return (
    <>
      <PageTitle title={t.proof.title} intro={t.proof.intro} />
      <Stack gap="lg">
        <Seals />
        <Reports />
        <Missing />
        <ExportForm />
      </Stack>
    </>
  );
}

function Seals() {
  const me = useMe();
  const state = useQuery({
    queryKey: ['seals'],
    queryFn: () => get<SealState>('/api/seals'),
    refetchInterval: 10_000,
  });
  // Asked for by a person alone; what it said stays when the page is left and opened again.
  const verification = useQuery({
    queryKey: ['verification'],
    queryFn: ({ signal }) => get<Verification>('/api/seals/verify', {}, signal),
    enabled: false,
    retry: false,
    gcTime: 3_600_000,
  });
  const { isFetching, data, error, dataUpdatedAt } = verification;
  const verify = (
    <Button loading={isFetching} onClick={() => void verification.refetch()}>
      {t.proof.verify}
    </Button>
  );
  return (
    <Section title={t.proof.seals} action={me.mayRead ? verify : undefined}>
      <Stack gap="sm">
        <Answered query={state}>{(seals) => <State seals={seals} />}</Answered>
        <Text size="sm" c="dimmed" aria-live="polite">
          {isFetching ? t.proof.verifying : me.mayRead ? t.proof.verifyHint : t.proof.needs}
        </Text>
        {error !== null && !isFetching && <Trouble error={error} />}
        {data !== undefined && !isFetching && <Result verification={data} at={dataUpdatedAt} />}
      </Stack>
    </Section>
  );
}

function State({ seals: { last, copies } }: { seals: SealState }) {
  if (last === undefined) return <Text>{t.proof.none}</Text>;
  return (
    <Facts
      facts={[
        [
          t.proof.lastSeal,
          `${t.proof.sealed(last.number, agoText(last.at))} (${timeText(last.at)} ${t.utc})`,
        ],
        [t.proof.signed, last.signed ? t.proof.isSigned : t.proof.notSigned],
        [t.proof.hash, <span className="code">{last.hash}</span>],
        [
          t.proof.copies,
          copies.length === 0
            ? t.proof.noCopies
            : copies.map((copy) => <Copy key={copy.place} copy={copy} last={last.number} />),
        ],
      ]}
    />
  );
}

function Copy({ copy, last }: { copy: SealState['copies'][number]; last: number }) {
  const { place, number, error, isReadable } = copy;
  return (
    <Text>
      {place}{' '}
      {number >= last ? (
        <StateBadge state="logged" text={t.proof.copyAll} />
      ) : (
        <StateBadge
          state={error === undefined ? 'waiting' : 'failed'}
          text={t.proof.copyUpTo(number, last)}
        />
      )}
      {error !== undefined && ` ${error}`}
      {!isReadable && (
        <Text span c="dimmed" size="sm">
          {' '}
          {t.proof.notReadable}
        </Text>
      )}
    </Text>
  );
}

const mostShown = 200;

function Result({ verification, at }: { verification: Verification; at: number }) {
  const { ok, seals, records, purged, unsealed, signatures, copies, findings } = verification;
  const counted = [
    t.proof.compared(records, seals),
    ...(purged > 0 ? [t.proof.purged(purged)] : []),
    ...(unsealed > 0 ? [t.proof.unsealed(unsealed)] : []),
    signatures === 'checked' ? t.proof.checked : t.proof.noKey,
    ...copies.map(({ place, compared }) => t.proof.copyCompared(place, compared)),
    t.proof.verifiedAt(timeText(new Date(at).toISOString())),
  ];
  const good = seals === 0 ? t.proof.fitsEmpty : t.proof.fits;
  return (
    <>
      <Alert color={ok ? 'teal' : 'red'} variant="light" role={ok ? 'status' : 'alert'}>
        <Text fw={700} c="var(--mantine-color-text)">
          {ok ? good : t.proof.broken(findings.length)}
        </Text>
        <Text size="sm" c="var(--mantine-color-text)" className="value">
          {counted.join(' · ')}
        </Text>
      </Alert>
      {findings.length > 0 && (
        <Columns
          label={t.proof.findings}
          heads={[t.proof.finding, t.proof.record, `#${t.proof.seal}`, t.proof.why]}
        >
          {findings.slice(0, mostShown).map(({ kind, seal, record, text }, place) => (
            <Table.Tr key={place}>
              <Table.Td>
                <StateBadge state="failed" text={t.proof.kinds[kind] ?? kind} />
              </Table.Td>
              <Table.Td className="day-cell">{record}</Table.Td>
              <Table.Td className="count">{seal === undefined ? '' : countText(seal)}</Table.Td>
              <Table.Td>{text}</Table.Td>
            </Table.Tr>
          ))}
        </Columns>
      )}
      {findings.length > mostShown && <Text c="dimmed">{t.proof.firstOf(mostShown, findings.length)}</Text>}
    </>
  );
}
