/** Programs that keep credentials: `docker-credential-NAME`. Source: the docker-credential-helpers protocol. */
import { spawn } from 'node:child_process';
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { line } from '../text.ts';
import type { Credentials } from '../transfer.ts';
import type { Environment } from './docker-config.ts';

/** The username that says the secret is an identity token. */
const TOKEN_USER = '<token>';
/** A helper may ask the person to unlock a keychain. */
const PATIENCE = 120_000;
const NOT_FOUND = /credentials not found/i;

/** Undefined where the helper has none for that key. Errors: `engine` when the helper is missing or fails. */
export async function getFromHelper(
  helper: string,
  key: string,
  env: Environment,
): Promise<Credentials | undefined> {
  const { failed, output } = await call(helper, 'get', key, env);
  if (failed) {
    if (NOT_FOUND.test(output)) return undefined;
    throw failure(helper, 'get', line(output.trim()).slice(0, 300));
  }
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    // The parser's words would quote the secret.
  }
  if (!isRecord(value) || typeof value['Username'] !== 'string' || typeof value['Secret'] !== 'string') {
    throw failure(helper, 'get', 'it answered no credentials and no reason');
  }
  const username = value['Username'];
  if (username === '' && value['Secret'] === '') return undefined;
  return username === TOKEN_USER
    ? { username: '', secret: value['Secret'], identityToken: true }
    : { username, secret: value['Secret'] };
}

export async function putIntoHelper(
  helper: string,
  key: string,
  credentials: Credentials,
  env: Environment,
): Promise<void> {
  const input = JSON.stringify({
    ServerURL: key,
    Username: credentials.identityToken ? TOKEN_USER : credentials.username,
    Secret: credentials.secret,
  });
  const { failed, output } = await call(helper, 'store', input, env);
  if (failed) {
    throw failure(helper, 'store', line(output.replaceAll(credentials.secret, '***').trim()).slice(0, 300));
  }
}

/** False where it had none. */
export async function eraseFromHelper(helper: string, key: string, env: Environment): Promise<boolean> {
  const { failed, output } = await call(helper, 'erase', key, env);
  if (failed && !NOT_FOUND.test(output)) throw failure(helper, 'erase', line(output.trim()).slice(0, 300));
  return !failed;
}

/** The keys that the helper has something for. Errors: as `getFromHelper`. */
export async function listFromHelper(helper: string, env: Environment): Promise<string[]> {
  const { failed, output } = await call(helper, 'list', '', env);
  if (failed) throw failure(helper, 'list', line(output.trim()).slice(0, 300));
  try {
    const value: unknown = JSON.parse(output);
    return isRecord(value) ? Object.keys(value) : [];
  } catch (cause) {
    throw failure(helper, 'list', 'its answer is not JSON', cause);
  }
}

/** Secrets go through stdin, so that no process list shows them. */
function call(
  helper: string,
  action: 'get' | 'store' | 'erase' | 'list',
  input: string,
  env: Environment,
): Promise<{ failed: boolean; output: string }> {
  // A name from a file becomes a program's name: no path may come of it.
  if (!/^[\w.-]+$/.test(helper)) throw failure(helper, action, 'that is not the name of a helper');
  return new Promise((resolve, reject) => {
    const program = `docker-credential-${helper}`;
    const child = spawn(program, [action], { env, timeout: PATIENCE, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    // One that ends without reading is told by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (cause: NodeJS.ErrnoException) => {
      reject(failure(helper, action, cause.code === 'ENOENT' ? 'it is not installed' : cause.message, cause));
    });
    child.on('close', (code) =>
      resolve({ failed: code !== 0, output: code === 0 ? output : output + complaint }),
    );
  });
}

function failure(helper: string, action: string, why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'engine',
    message: `the credential helper docker-credential-${line(helper)} failed to ${action}: ${why}`,
    hint: "Install or repair it, or take it out of credsStore and credHelpers in docker's config.json.",
    cause,
  });
}
