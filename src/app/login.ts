/** Logging in to a registry and out of it: asked for by a person, or because a registry refused. */
import { parseReference } from '../engine/reference.ts';
import { readDomain } from '../engine/registry/address.ts';
import type { App } from './app.ts';
import { suggestRegistries } from './completion.ts';
import { retryOf } from './job-actions.ts';
import { type Job, titleOf } from './jobs.ts';
import type { Note } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import { EMPTY_FIELD, fieldOf } from './text-field.ts';

/** Asks for name and password of a registry; `then` runs when they have been found good and stored. */
export function askLogin(app: App, domain: string, then?: () => void): void {
  openPrompt(app, {
    title: domain === '' ? 'Log in to a registry' : `Log in to ${domain}`,
    verb: 'log in',
    focus: domain === '' ? 0 : 1,
    fields: [
      domain === ''
        ? {
            label: 'registry',
            field: EMPTY_FIELD,
            example: 'docker.io',
            suggest: (text) => suggestRegistries(app.store.get(), text),
          }
        : { label: 'registry', field: fieldOf(domain), options: [domain] },
      { label: 'username', field: EMPTY_FIELD },
      { label: 'password', field: EMPTY_FIELD, secret: true, example: 'or an access token' },
    ],
    note: ([server = '', username = '', password = '']) => loginNote(server, username, password),
    submit: ([server = '', username = '', password = '']) =>
      void logIn(app, server.trim() || 'docker.io', { username: username.trim(), secret: password }, then),
  });
}

function loginNote(server: string, username: string, password: string): Note {
  try {
    if (server.trim() !== '') readDomain(server.trim());
  } catch (thrown) {
    return { tone: 'wrong', text: (thrown as Error).message };
  }
  if (username.trim() === '' || password === '')
    return {
      tone: 'advice',
      text: "kept in docker's own configuration or its credential helper, nowhere else",
    };
  return {
    tone: 'ok',
    text: `tries them at ${server.trim() || 'docker.io'}, then keeps them as docker login does`,
  };
}

async function logIn(
  app: App,
  domain: string,
  credentials: { readonly username: string; readonly secret: string },
  then: (() => void) | undefined,
): Promise<void> {
  app.say('plain', `logging in to ${domain} …`);
  try {
    const { login } = await import('../engine/registry/login.ts');
    const stored = await login(domain, credentials, { insecure: app.insecureRegistries });
    app.say(
      'good',
      `logged in to ${domain} · kept in ${stored.where}${stored.encrypted ? '' : ', which is not encrypted'}`,
    );
    then?.();
  } catch (thrown) {
    app.fail(`no login to ${domain}`, thrown);
  }
}

export function askLogout(app: App): void {
  openPrompt(app, {
    title: 'Log out of a registry',
    verb: 'log out',
    fields: [
      {
        label: 'registry',
        field: EMPTY_FIELD,
        example: 'docker.io',
        suggest: (text) => suggestRegistries(app.store.get(), text),
      },
    ],
    note: ([server = '']) => ({
      tone: 'ok',
      text: `forgets what docker's configuration holds for ${server.trim() || 'docker.io'}`,
    }),
    submit: ([server = '']) => void logOut(app, server.trim() || 'docker.io'),
  });
}

async function logOut(app: App, domain: string): Promise<void> {
  try {
    const { eraseCredentials } = await import('../engine/registry/credentials.ts');
    const was = await eraseCredentials(readDomain(domain));
    app.say(was ? 'good' : 'plain', was ? `logged out of ${domain}` : `there was no login to ${domain}`);
  } catch (thrown) {
    app.fail(`no logout from ${domain}`, thrown);
  }
}

/** A registry refused a job: asks for a login at once, unless the person is at something else. */
export function afterRefusal(app: App, job: Job): void {
  const { overlay, field } = app.store.get();
  const domain = registryOf(job);
  if (domain === undefined || job.request === undefined) return;
  if (overlay === undefined && field === undefined && app.stroke.isQuiet(job.startedAt))
    askLogin(app, domain, () => retryOf(app, job));
  else app.say('bad', `${titleOf(job)}: ${domain} wants a login · 4 then l`);
}

/** The registry of the base image that a build could not have, as the failure names it. */
function baseRegistry(job: Job): string | undefined {
  const base = /\bbase image (\S+): /.exec(job.failure?.message ?? '')?.[1];
  try {
    return base === undefined ? undefined : parseReference(base).domain;
  } catch {
    return undefined;
  }
}

/** The registry of what a job pulls or pushes. */
export function registryOf(job: Job): string | undefined {
  const { request } = job;
  if (request?.kind === 'build') return baseRegistry(job);
  return request?.kind === 'pull' || request?.kind === 'push'
    ? parseReference(request.reference).domain
    : undefined;
}
