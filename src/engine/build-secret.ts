/** Secrets of a build, as docker's `--secret` spells them: `id=npm,src=.npmrc`, `id=token,env=TOKEN`. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BuildSecret } from './build.ts';
import { EngineError } from './errors.ts';

export interface SecretSource {
  readonly id: string;
  /** A file's path; undefined where it is a variable, or `id` alone was given. */
  readonly file: string | undefined;
  /** A variable's name. */
  readonly env: string | undefined;
}

export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where paths begin. */
  readonly cwd: string;
}

/** What BuildKit takes, in bytes. */
const LIMIT = 500 * 1024;

/** Fields as in a line of CSV, so that a path may hold a comma in quotes. Errors: `bad-input`. */
export function parseSecret(text: string): SecretSource {
  const fields = new Map<string, string>();
  for (const field of fieldsOf(text)) {
    const cut = field.indexOf('=');
    const key = cut < 0 ? '' : field.slice(0, cut).toLowerCase();
    // What is no field of docker's may be the secret itself, so it is not repeated.
    if (!KEYS.has(key)) throw wrong('', 'it has more than id=, src=, env= and type=');
    fields.set(key === 'source' ? 'src' : key, field.slice(cut + 1));
  }
  const { id = '', src, env, type } = Object.fromEntries(fields);
  if (id === '') throw wrong('', 'it has no id');
  if (type !== undefined && type !== 'file' && type !== 'env') throw wrong(id, 'its type is file or env');
  if (src !== undefined && env !== undefined) throw wrong(id, 'it has both a file and a variable');
  if (type === 'env') return { id, file: undefined, env: env ?? src ?? id };
  return { id, file: src, env };
}

/**
 * The secret itself, read when the builder asks for it. That it is there is seen at once: a build would tell much later.
 * With an id alone it is the variable of that name, or else the file. Errors: `bad-input`.
 */
export async function openSecret(text: string, { env, cwd }: SecretPlaces): Promise<BuildSecret> {
  const source = parseSecret(text);
  const { id } = source;
  const variable = source.env ?? (source.file === undefined && env[id] !== undefined ? id : undefined);
  if (variable !== undefined) {
    const value = env[variable];
    if (value === undefined) throw wrong(id, `the environment has no ${variable}`);
    return { id, read: async () => Buffer.from(value) };
  }
  const file = resolve(cwd, source.file ?? id);
  const found = await stat(file).catch((thrown: NodeJS.ErrnoException) => {
    throw wrong(id, thrown.code === 'ENOENT' ? `there is no file ${file}` : thrown.message);
  });
  if (!found.isFile()) throw wrong(id, `${file} is no file`);
  if (found.size > LIMIT) throw wrong(id, `${file} has more than the 500 KiB that a secret may have`);
  return {
    id,
    read: () =>
      readFile(file).catch((thrown: Error) => {
        throw wrong(id, thrown.message);
      }),
  };
}

const KEYS: ReadonlySet<string> = new Set(['id', 'src', 'source', 'env', 'type']);

function fieldsOf(text: string): string[] {
  const fields = text.match(/("(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return fields.map((field) =>
    field.replace(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"')),
  );
}

function wrong(id: string, why: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `the secret${id === '' ? '' : ` ${id}`} cannot be used: ${why}`,
    hint: 'Write id=NAME,src=FILE or id=NAME,env=VARIABLE.',
  });
}
