import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  NavLink,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, Redirect, Route, Switch, useLocation, useRoute } from 'wouter';
import { change, get } from './api.ts';
import { countText } from './format.ts';
import { Answered, Nothing } from './parts.tsx';
import { SessionContext, useMe, useSession } from './session.ts';
import { t } from './texts.ts';
import type { Page, Session, Status, WaitingGroup } from './types.ts';
import { AuditPage } from './pages/audit.tsx';
import { ConversationsPage } from './pages/conversations.tsx';
import { DriftViewPage } from './pages/drift-view.tsx';
import { DriftPage } from './pages/drift.tsx';
import { MappingsPage } from './pages/mappings.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { differencesIn } from './pages/proof-card.tsx';
import { ProofPage } from './pages/proof.tsx';
import { QuarantinePage } from './pages/quarantine.tsx';
import { ReportPage } from './pages/report.tsx';
import { RetentionPage } from './pages/retention.tsx';
import { SettingsPage } from './pages/settings.tsx';
import { SharedPage } from './pages/shared.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { WaitingPage } from './pages/waiting.tsx';

/** The frame of all pages, and who may see them. */
export function App() {
  const [isShared, link] = useRoute('/shared/:token');
  return isShared ? <SharedPage token={link.token} /> : <Own />;
}

function Own() {
  const session = useSession();
  const [path] = useLocation();
  return (
    <Answered query={session}>
      {(who) => (
        <SessionContext.Provider value={who}>
          {who.signedIn ? (
            path === '/sign-in' ? (
              <Redirect to="/" />
            ) : (
              <Frame />
            )
          ) : (
            <SignInPage session={who} />
          )}
        </SessionContext.Provider>
      )}
    </Answered>
  );
}

function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const [path] = useLocation();
  useEffect(close, [path, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t.menu} />
            <Text fw={700} component="span">
              {t.product}
            </Text>
          </Group>
          <Me />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t.menu}>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/conversations/:id?">{({ id }) => <ConversationsPage chosen={id} />}</Route>
          <Route path="/waiting/parked">
            <WaitingPage key="parked" state="parked" />
          </Route>
          <Route path="/waiting/failed">
            <WaitingPage key="failed" state="failed" />
          </Route>
          <Route path="/differences" component={DriftPage} />
          <Route path="/differences/:destination/:key">
            {({ destination, key }) => <DriftViewPage destination={destination} id={key} />}
          </Route>
          <Route path="/proof" component={ProofPage} />
          <Route path="/proof/reports/:day">{({ day }) => <ReportPage day={day} />}</Route>
          <Route path="/retention" component={RetentionPage} />
          <Route path="/quarantine" component={QuarantinePage} />
          <Route path="/mappings/:destination?">
            {({ destination }) => <MappingsPage chosen={destination} />}
          </Route>
          <Route path="/settings" component={SettingsPage} />
          <Route path="/audit" component={AuditPage} />
          <Route>
            <Nothing>404</Nothing>
          </Route>
        </Switch>
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation() {
  const [path] = useLocation();
  const parked = useWaitingCount('parked');
  const failed = useWaitingCount('failed');
  const { data: status } = useQuery({
    queryKey: ['status'],
    queryFn: () => get<Status>('/api/status'),
    refetchInterval: 30_000,
  });
  const differences = status === undefined ? 0 : differencesIn(status);
  const links = [
    { to: '/', label: t.nav.overview, count: 0 },
    { to: '/conversations', label: t.nav.conversations, count: 0 },
    { to: '/waiting/parked', label: t.nav.parked, count: parked },
    { to: '/waiting/failed', label: t.nav.failed, count: failed },
    { to: '/differences', label: t.nav.differences, count: differences },
    { to: '/proof', label: t.nav.proof, count: 0 },
    { to: '/retention', label: t.nav.retention, count: 0 },
    { to: '/quarantine', label: t.nav.quarantine, count: 0 },
    { to: '/mappings', label: t.nav.mappings, count: 0 },
    { to: '/settings', label: t.nav.settings, count: 0 },
    { to: '/audit', label: t.nav.audit, count: 0 },
  ];
  return links.map(({ to, label, count }) => {
    const isHere = to === '/' ? path === '/' : path.startsWith(to);
    return (
      <NavLink
        key={to}
        component={Link}
        href={to}
        label={label}
        active={isHere}
        {...(isHere && { 'aria-current': 'page' as const })}
        rightSection={
          count > 0 ? (
            <Badge size="sm" variant="filled" color={to.endsWith('failed') ? 'red' : 'yellow'} autoContrast>
              {countText(count)}
            </Badge>
          ) : undefined
        }
      />
    );
  });
}

function useWaitingCount(state: 'parked' | 'failed'): number {
  const { data } = useQuery({
    queryKey: ['waiting', state],
    queryFn: () => get<Page<WaitingGroup>>('/api/waiting', { state }),
    refetchInterval: 5_000,
  });
  return data?.items.reduce((sum, { count }) => sum + count, 0) ?? 0;
}

function Me() {
  const me = useMe();
  const client = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const signOut = async () => {
    await change('POST', '/api/session/end');
    client.setQueryData<Session>(['session'], { signedIn: false, ways: me.ways });
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  };
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" c="dimmed" visibleFrom="xs" truncate maw={220}>
        {me.via === 'local' ? t.local : me.actor} ·{' '}
        {me.roles?.length === 3 ? t.all.toLowerCase() : me.roles?.map((role) => t.roles[role]).join(', ')}
      </Text>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t.scheme}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        <span aria-hidden>{scheme === 'dark' ? '☀' : '☾'}</span>
      </ActionIcon>
      {me.via === 'session' && (
        <Button variant="default" size="xs" onClick={() => void signOut()}>
          {t.signOut}
        </Button>
      )}
    </Group>
  );
}
