import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

interface Service {
  readonly user?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const { services } = parse(readFileSync('compose.yaml', 'utf8')) as { services: Record<string, Service> };
const last = readFileSync('Dockerfile', 'utf8')
  .split(/^FROM /m)
  .at(-1) as string;

describe('the image', () => {
  test('runs as another user than root, and nothing after that is done as root', () => {
    const users = [...last.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    expect(users).toEqual(['node']);
    expect(last.slice(last.indexOf('USER '))).not.toMatch(/^(RUN|COPY|ADD) /m);
  });

  test('gives this user its data and nothing of the program', () => {
    expect(last).not.toMatch(/--chown|chmod/);
    expect([...last.matchAll(/chown \S+ (\S+)/g)].map(([, path]) => path)).toEqual(['/data']);
  });

  test('holds no settings, no secrets and nothing that was not named', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n');
    expect(ignored[0]).toBe('*');
    expect(ignored).toContain('config/settings.yaml');
    expect(ignored.filter((line) => /env/.test(line))).toEqual([]);
  });
});

describe('compose.yaml', () => {
  test('runs the worker on a read-only root, without rights that it does not need', () => {
    expect(services['worker']).toMatchObject({
      user: 'node',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
    });
    const written = services['worker']?.volumes?.filter((volume) => !volume.endsWith(':ro'));
    expect(written).toEqual(['data:/data']);
  });

  test('gives no service more rights on the way, and opens ports on this machine alone', () => {
    for (const service of Object.values(services)) {
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.privileged).toBeUndefined();
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });
});
