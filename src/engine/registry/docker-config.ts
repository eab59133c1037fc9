/** Docker's client configuration, read for credentials and written as docker does: nothing else in it is touched. */
import { chmod, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface AuthEntry {
  /** Base64 of `name:password`. */
  readonly auth?: string;
  readonly identitytoken?: string;
  readonly username?: string;
  readonly password?: string;
}

export interface DockerConfig {
  readonly auths: Readonly<Record<string, AuthEntry>>;
  /** Name of the helper for every registry; `''` where none is set. */
  readonly credsStore: string;
  readonly credHelpers: Readonly<Record<string, string>>;
}

/** `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: Environment): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || homedir(), '.docker'), 'config.json');
}

/** A file that is not there is an empty one. Errors: `bad-input` for what is no JSON object, `permission`. */
export async function readDockerConfig(env: Environment): Promise<DockerConfig> {
  const raw = await readRaw(dockerConfigPath(env));
  const texts = (value: unknown): Record<string, string> =>
    Object.fromEntries(
      Object.entries(isRecord(value) ? value : {}).filter(
        (pair): pair is [string, string] => typeof pair[1] === 'string',
      ),
    );
  const auths = isRecord(raw['auths']) ? raw['auths'] : {};
  return {
    auths: Object.fromEntries(Object.entries(auths).map(([key, entry]) => [key, texts(entry)])),
    credsStore: typeof raw['credsStore'] === 'string' ? raw['credsStore'] : '',
    credHelpers: texts(raw['credHelpers']),
  };
}

/** Puts an entry into `auths`, or takes it out. The file is replaced at once and only its owner may read it. */
export async function writeAuth(
  env: Environment,
  key: string,
  entry: AuthEntry | undefined,
): Promise<string> {
  const named = dockerConfigPath(env);
  // A configuration kept elsewhere is linked to: the link stays.
  const path = await realpath(named).catch(() => named);
  const raw = await readRaw(path);
  const auths = { ...(isRecord(raw['auths']) ? raw['auths'] : {}) };
  if (entry === undefined && !(key in auths)) return path;
  if (entry === undefined) delete auths[key];
  else auths[key] = entry;
  const unfinished = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(unfinished, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ ...raw, auths }, undefined, '\t')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // One that was left behind keeps the rights it had.
    await chmod(unfinished, 0o600);
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw unusable(path, 'cannot be written', cause);
  }
  return path;
}

async function readRaw(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw unusable(path, 'cannot be read', cause);
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, '') || '{}');
    if (isRecord(value)) return value;
  } catch {
    // What the parser says quotes the text, which holds secrets.
  }
  throw new EngineError({
    code: 'bad-input',
    message: `docker's configuration ${path} is not a JSON object`,
    hint: 'Repair it, or point DOCKER_CONFIG to another folder.',
  });
}

function unusable(path: string, what: string, cause: unknown): EngineError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  return new EngineError({
    code: code === 'ENOSPC' ? 'no-space' : 'permission',
    message: `docker's configuration ${path} ${what} (${code})`,
    hint: 'Check who owns the file and its folder.',
    cause,
  });
}
