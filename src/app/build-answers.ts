/** What was asked to be built in a folder last time: remembered from run to run, without values that look secret. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type BuildRequest, type BuildSecretSource, keepable } from './job-request.ts';

export interface BuildAnswers {
  /** Of the folder that nacre runs in; undefined where nothing was built there. At once: keys typed next belong to the form. */
  recall(folder: string): BuildRequest | undefined;
  /** Rejects where it cannot be written. */
  remember(folder: string, request: BuildRequest): Promise<void>;
}

/** Folders that are remembered: the last ones. */
const FOLDERS = 100;

type Kept = Readonly<Record<string, BuildRequest>>;

/** `file` is written whole, by a rename. */
export function createBuildAnswers(file: string): BuildAnswers {
  let last: Promise<void> = Promise.resolve();
  const own = new Map<string, BuildRequest>();
  return {
    recall: (folder) => own.get(folder) ?? read(file)[folder],
    remember(folder, request) {
      const kept = keepable(request);
      if (kept?.kind !== 'build') return Promise.resolve();
      own.set(folder, kept);
      last = last.catch(() => {}).then(() => write(file, folder, kept));
      return last;
    },
  };
}

function read(file: string): Kept {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).flatMap(([folder, request]) => {
        const whole = requestIn(request);
        return whole === undefined ? [] : [[folder, whole]];
      }),
    );
  } catch {
    // None yet, or not readable: then nothing is remembered.
    return {};
  }
}

async function write(file: string, folder: string, request: BuildRequest): Promise<void> {
  const { [folder]: _before, ...others } = read(file);
  const kept = Object.fromEntries([...Object.entries(others), [folder, request]].slice(-FOLDERS));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  try {
    await writeFile(fresh, `${JSON.stringify(kept, undefined, 1)}\n`, { mode: 0o600 });
    await rename(fresh, file);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
}

/** A request as it was written; what is missing is as if it had not been asked for. */
function requestIn(value: unknown): BuildRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const told = value as Partial<Record<keyof BuildRequest, unknown>>;
  const text = (part: unknown): string => (typeof part === 'string' ? part : '');
  const list = (part: unknown): unknown[] => (Array.isArray(part) ? (part as unknown[]) : []);
  const map = (part: unknown): Record<string, string> =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      : {};
  const builder = text(told.builder);
  const request: BuildRequest = {
    kind: 'build',
    place: text(told.place),
    dockerfile: text(told.dockerfile),
    references: list(told.references).filter((name) => typeof name === 'string'),
    target: text(told.target),
    args: map(told.args),
    labels: map(told.labels),
    platform: text(told.platform),
    network: text(told.network),
    noCache: told.noCache === true,
    pull: told.pull === true,
    builder: builder === 'buildkit' || builder === 'classic' || builder === 'buildah' ? builder : '',
    secrets: list(told.secrets).flatMap((secret): BuildSecretSource[] => {
      const { id, from } = (secret ?? {}) as { id?: unknown; from?: { file?: unknown; env?: unknown } };
      if (typeof id !== 'string') return [];
      if (typeof from?.file === 'string') return [{ id, from: { file: from.file } }];
      return typeof from?.env === 'string' ? [{ id, from: { env: from.env } }] : [];
    }),
  };
  const withheld = list(told.withheld).filter((name) => typeof name === 'string');
  return request.place === '' ? undefined : { ...request, ...(withheld.length > 0 && { withheld }) };
}
