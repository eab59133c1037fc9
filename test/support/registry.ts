/** A registry of one's own on a free loopback port: open or closed, with TLS or without. */
import { writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import type { Credentials } from '../../src/engine/transfer.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { tryRun } from './command.ts';
import { Daemon } from './daemon.ts';
import { debianRoot, installPackages } from './debian-packages.ts';
import { removeScratch, scratchFolder } from './scratch.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';

export interface RegistryOptions {
  /** Who is let in: everybody, or who knows `credentials`, by password or by a token of its own server. */
  readonly auth?: 'none' | 'basic' | 'token';
  readonly tls?: boolean;
  /** Refuse to delete. */
  readonly keepAll?: boolean;
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`: the domain part of references. */
  readonly address: string;
  readonly url: string;
  readonly credentials: Credentials;
  /** Where it asks for tokens. */
  readonly tokens?: TokenServer;
  /** Where it speaks TLS: a file to trust. */
  readonly certificate?: Certificate;
  stop(): Promise<void>;
  log(): string;
}

const CREDENTIALS: Credentials = { username: 'ada', secret: 'correct horse' };
/** Of that password; the registry takes no other kind of hash. */
const BCRYPT = '$2b$04$Lnkt6EQvwcMTYKscxT1ykOd8Ga2tE/nA6AEc7ot2mRZLYx/OxV7D2';

/** Makes sure that `docker-registry` is on this machine; rejects with the reason when it cannot be had. */
export async function ensureRegistry(): Promise<void> {
  const isThere = async () => (await tryRun('docker-registry', ['--version'])) !== '';
  if (await isThere()) return;
  if (debianRoot() !== '') await installPackages(['docker-registry']);
  if (!(await isThere())) throw new Error('this machine has no docker-registry');
}

export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  await ensureRegistry();
  const folder = scratchFolder();
  const certificate = options.tls ? await makeCertificate(folder) : undefined;
  const tokens = options.auth === 'token' ? await startTokenServer(folder, CREDENTIALS) : undefined;
  const config = {
    version: 0.1,
    log: { level: 'info' },
    storage: {
      filesystem: { rootdirectory: join(folder, 'data') },
      delete: { enabled: !options.keepAll },
    },
    // The kernel picks the port, so nobody can take it between the choice and the start.
    http: {
      addr: '127.0.0.1:0',
      ...(certificate && { tls: { certificate: certificate.file, key: certificate.keyFile } }),
    },
    ...authentication(options.auth, folder, tokens),
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  let address = '';
  const daemon = new Daemon({
    command: ['docker-registry', 'serve', join(folder, 'config.yml')],
    logFile: join(folder, 'log'),
    namespaces: false,
    ready: async () => {
      address = /listening on (127\.0\.0\.1:\d+)/.exec(daemon.log())?.[1] ?? '';
      return address !== '' && (await answers(address, certificate !== undefined));
    },
  });
  const stop = async () => {
    await daemon.kill();
    await tokens?.stop();
    await removeScratch(folder);
  };
  try {
    await daemon.start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    address,
    url: `${certificate === undefined ? 'http' : 'https'}://${address}`,
    credentials: CREDENTIALS,
    ...(tokens && { tokens }),
    ...(certificate && { certificate }),
    stop,
    log: () => daemon.log(),
    [Symbol.asyncDispose]: stop,
  };
}

function authentication(auth: RegistryOptions['auth'], folder: string, tokens: TokenServer | undefined) {
  if (tokens !== undefined) {
    const { realm, service, issuer, certificate } = tokens;
    return { auth: { token: { realm, service, issuer, rootcertbundle: certificate.file } } };
  }
  if (auth !== 'basic') return {};
  writeFileSync(join(folder, 'htpasswd'), `${CREDENTIALS.username}:${BCRYPT}\n`);
  return { auth: { htpasswd: { realm: 'the test', path: join(folder, 'htpasswd') } } };
}

/** A refusal is an answer too. */
function answers(address: string, secure: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const request = secure ? secureRequest : plainRequest;
    const asked = request(`${secure ? 'https' : 'http'}://${address}/v2/`, { rejectUnauthorized: false });
    asked.on('response', (answer) => {
      answer.resume();
      resolve(true);
    });
    asked.on('error', () => resolve(false)).end();
  });
}
