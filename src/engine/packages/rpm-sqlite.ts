/** rpm's database as it is today, `rpmdb.sqlite`: one row a package. Source: rpm, lib/backend/sqlite.c. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { damaged } from '../archive/fault.ts';
import { EngineError } from '../errors.ts';
import { LOG } from './package-files.ts';

type Sqlite = typeof import('node:sqlite');

/** Where a database says that it needs its log; 1 in both is one that has none. Source: sqlite.org, "Database File Format". */
const VERSIONS = [18, 19] as const;

/** The headers of packages in it. `log`: what lies in the file beside it. Errors: `corrupt`, `unsupported`. */
export async function sqliteHeaders(database: Buffer, log?: Buffer): Promise<Uint8Array[]> {
  if (!database.subarray(0, 15).equals(Buffer.from('SQLite format 3')))
    throw damaged('it is no database of rpm');
  const { DatabaseSync } = loadSqlite();
  // A database out of an image is opened as a file of its own: SQLite reads no bytes in memory.
  const folder = await mkdtemp(join(tmpdir(), 'nacre-rpm-'));
  try {
    const path = join(folder, 'rpmdb.sqlite');
    const copy = Buffer.from(database);
    if (log === undefined || log.length === 0) for (const at of VERSIONS) copy[at] = 1;
    else await writeFile(path + LOG, log, { mode: 0o600 });
    await writeFile(path, copy, { mode: 0o600 });
    const opened = new DatabaseSync(path, { allowExtension: false });
    try {
      return opened
        .prepare('SELECT blob FROM Packages')
        .all()
        .flatMap(({ blob }) => (blob instanceof Uint8Array ? [blob] : []));
    } finally {
      opened.close();
    }
  } catch (thrown) {
    throw damaged(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  } finally {
    await rm(folder, { recursive: true, force: true });
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
