/** rpm's database as it is today, `rpmdb.sqlite`: one row a package. Source: rpm, lib/backend/sqlite.c. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { LOG } from './package-files.ts';
import { unreadable } from './unreadable.ts';

type Sqlite = typeof import('node:sqlite');
type Database = InstanceType<Sqlite['DatabaseSync']>;

/** Where a database says that it needs its log; 1 in both is one that has none. Source: sqlite.org, "Database File Format". */
const VERSIONS = [18, 19] as const;

/** The headers of packages in it. `log`: what lies in the file beside it. Errors: `corrupt`, `unsupported`. */
export async function* sqliteHeaders(database: Buffer, log?: Buffer): AsyncGenerator<Uint8Array> {
  if (!database.subarray(0, 15).equals(Buffer.from('SQLite format 3')))
    throw unreadable('it is no database of rpm');
  const { DatabaseSync } = loadSqlite();
  // A database out of an image is opened as a file of its own: SQLite reads no bytes in memory.
  const folder = await mkdtemp(join(tmpdir(), 'nacre-rpm-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    await writeFile(path, database, { mode: 0o600 });
    if (log === undefined || log.length === 0) await needNoLog(path);
    else await writeFile(path + LOG, log, { mode: 0o600 });
    const opened = new DatabaseSync(path, { allowExtension: false });
    try {
      yield* headersIn(opened, database.length + (log?.length ?? 0));
    } finally {
      opened.close();
    }
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown;
    throw unreadable(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function needNoLog(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (const at of VERSIONS) await file.write(Uint8Array.of(1), 0, 1, at);
  } finally {
    await file.close();
  }
}

/** `most`: bytes that all of them can have. */
function* headersIn(database: Database, most: number): Generator<Uint8Array> {
  // What is worked out when it is read, a view or such a column, could go on without an end.
  const found = database
    .prepare("SELECT type, rootpage FROM sqlite_schema WHERE lower(name) = 'packages'")
    .all();
  const columns = database.prepare('PRAGMA table_xinfo(Packages)').all();
  if (
    !found.every(({ type, rootpage }) => type === 'table' && Number(rootpage) > 0) ||
    columns.some(({ hidden }) => hidden !== 0)
  )
    throw unreadable('its packages are no table as rpm makes it');
  let left = most;
  for (const { blob } of database.prepare('SELECT blob FROM Packages').iterate()) {
    if (!(blob instanceof Uint8Array)) throw unreadable('a package breaks off');
    left -= blob.length;
    if (left < 0) throw unreadable('its pages go round in a circle');
    yield blob;
  }
}

/** Loading it prints that it is experimental: a person who compares images can do nothing about that. */
function loadSqlite(): Sqlite {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule('node:sqlite');
    if (sqlite !== undefined) return sqlite;
  } catch {
    // Told below.
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new EngineError({
    code: 'unsupported',
    message: 'this Node.js has no SQLite, so the packages of rpm cannot be read',
    hint: 'Use Node.js as it comes from nodejs.org.',
  });
}
