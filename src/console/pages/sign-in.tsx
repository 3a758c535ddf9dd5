import { Alert, Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { address, change } from '../api.ts';
import { t } from '../texts.ts';
import type { Session } from '../types.ts';

/** By the firm's identity provider, or by ADMIN_TOKEN. */
export function SignInPage({ session }: { session: Session }) {
  const client = useQueryClient();
  const [path] = useLocation();
  const [search] = useSearchParams();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState(t.signIn.problems[search.get('problem') ?? '']);
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await change('POST', '/api/session', { token });
      setProblem(undefined);
      await client.resetQueries();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const wayBack = path === '/sign-in' ? '/' : path;
  return (
    <Center mih="100vh" p="md" component="main">
      <Card withBorder padding="xl" w="100%" maw={400}>
        <Stack>
          <div>
            <Text c="dimmed">{t.product}</Text>
            <Title order={1} size="h2">
              {t.signIn.title}
            </Title>
          </div>
          {problem !== undefined && (
            <Alert color="red" role="alert">
              {problem}
            </Alert>
          )}
          {session.isLocalOnly && <Text>{t.signIn.localOnly}</Text>}
          {session.ways.provider && (
            <Button component="a" href={address('/auth/start', { to: wayBack })} size="md">
              {t.signIn.withProvider}
            </Button>
          )}
          {session.ways.token && (
            <form onSubmit={(event) => void signIn(event)}>
              <Stack>
                <PasswordInput
                  label={t.signIn.token}
                  description={t.signIn.tokenHelp}
                  value={token}
                  autoComplete="current-password"
                  onChange={(event) => setToken(event.currentTarget.value)}
                />
                <Button
                  type="submit"
                  variant={session.ways.provider ? 'default' : 'filled'}
                  disabled={token === ''}
                >
                  {t.signIn.withToken}
                </Button>
              </Stack>
            </form>
          )}
        </Stack>
      </Card>
    </Center>
  );
}
