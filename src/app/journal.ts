/**
 * Jobs on disk: one file a job in `$XDG_STATE_HOME/nacre/jobs`, a JSON value a line. The first says what was
 * asked for, then come the lines of its log as they are said, and the last says what became of it. A file is
 * only ever added to, so a crash costs its last moment at most.
 */
import { rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from './job-log.ts';
import type { Job } from './jobs.ts';
import { FileEntry, type JournalEntry } from './journal-entry.ts';
import { headRecord, jobFrom, lineFrom } from './journal-record.ts';

export interface Journal {
  /** Begins a file; where that is not possible the job runs on without one. */
  begin(job: Job): JournalEntry;
  /** As `begin`, for what is only looked at: the file is gone when nacre has ended. */
  borrow(job: Job): JournalEntry;
  /** Jobs of earlier runs, newest first; older ones than are kept are removed. */
  recall(): Promise<Job[]>;
  /** The last lines of a job's log, at most `limit`; of one step, where it is given. */
  read(file: string, limit: number, step?: number): Promise<ReadLines>;
  /** Lines of a running job as they come; the number is that of the first of them. Call the result to stop. */
  follow(file: string, listener: (lines: readonly LogLine[], first: number) => void): () => void;
  /** Waits until everything said so far is in the file. */
  flush(file: string): Promise<void>;
  forget(files: readonly string[]): Promise<void>;
}

export interface ReadLines {
  readonly lines: LogLine[];
  /** Lines asked for that come before these. */
  readonly before: number;
  /** Lines of the log in all, those of other steps included. */
  readonly total: number;
}

/** Jobs of earlier runs that are kept. */
const KEPT = 200;
/** Bytes that their files may take together: a build can print 100 MB. */
const ROOM = 2 ** 30;
/** Bytes at either end of a file in which its first and its last line most often are. */
const END = 128 * 1024;

export interface JournalOptions {
  readonly folder: string;
  /** Bytes that earlier jobs may take together, the newest of them aside. Default 1 GiB. */
  readonly room?: number;
  readonly pid?: number;
}

export function createJournal({ folder, room = ROOM, pid = process.pid }: JournalOptions): Journal {
  const entries = new Map<string, FileEntry>();
  const isOwn = (file: string): boolean => entries.has(file);
  let number = 0;
  let isSwept = false;
  const aside = join(folder, 'elsewhere');
  const borrowed: string[] = [];
  return {
    begin(job) {
      // Not only who looks at earlier jobs may be rid of the oldest.
      if (!isSwept) void keptFiles(folder, room, isOwn);
      isSwept = true;
      const name = `${stamp(job.startedAt)}-${job.kind}-${pid}-${++number}.jsonl`;
      const entry = new FileEntry(folder, join(folder, name), () => entries.delete(entry.file));
      entries.set(entry.file, entry);
      entry.write(headRecord(job, pid));
      return entry;
    },
    borrow(job) {
      if (borrowed.length === 0) {
        void sweepBorrowed(aside);
        process.once('exit', () => {
          for (const file of borrowed) rmSync(file, { force: true });
        });
      }
      const file = join(aside, `${pid}-${++number}.jsonl`);
      const entry = new FileEntry(aside, file, () => entries.delete(file));
      borrowed.push(file);
      entries.set(file, entry);
      entry.write(headRecord(job, pid));
      return entry;
    },
    recall: () => recall(folder, room, isOwn),
    read: readLines,
    follow(file, listener) {
      const entry = entries.get(file);
      entry?.listeners.add(listener);
      return () => entry?.listeners.delete(listener);
    },
    async flush(file) {
      await entries.get(file)?.settled();
    },
    async forget(files) {
      await Promise.all(files.filter((file) => file !== '').map((file) => rm(file, { force: true })));
    },
  };
}

/** Removes what runs that were killed have left. */
async function sweepBorrowed(aside: string): Promise<void> {
  const names = await readdir(aside).catch(() => []);
  const left = names.filter(
    (name) => !isAlive(Number.parseInt(name, 10)) && !name.startsWith(`${process.pid}-`),
  );
  await Promise.all(left.map((name) => rm(join(aside, name), { force: true }).catch(() => {})));
}

/** Files of other runs, newest first; older ones than are kept are removed. */
async function keptFiles(folder: string, room: number, isOwn: (file: string) => boolean): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    // No folder yet: nothing has ever been done here.
    return [];
  }
  const files = names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .filter((file) => !isOwn(file));
  const sizes = await Promise.all(
    files.slice(0, KEPT).map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  let used = 0;
  const full = sizes.findIndex((size, index) => {
    used += size;
    return used > room && index > 0;
  });
  const kept = full < 0 ? KEPT : full;
  await Promise.all(files.slice(kept).map((file) => rm(file, { force: true }).catch(() => {})));
  return files.slice(0, kept);
}

async function recall(folder: string, room: number, isOwn: (file: string) => boolean): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const file of await keptFiles(folder, room, isOwn)) {
    try {
      const { head, tail } = await bothEnds(file);
      const job = jobFrom(head, tail, file, isAlive);
      if (job !== undefined) jobs.push(job);
    } catch {
      // One file that cannot be read must not hide the others.
    }
  }
  return jobs;
}

/** A running process may be another nacre that still writes to its file. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function bothEnds(file: string): Promise<{ head: string; tail: string[] }> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    for (let length = Math.min(size, END); ; length = Math.min(size, 4 * length)) {
      const first = await textAt(handle, 0, length);
      const last = await textAt(handle, size - length, length);
      // Thousands of images saved or loaded at once make a longer line.
      if (length < size && !(first.includes('\n') && last.trimEnd().includes('\n'))) continue;
      const rows = last.split('\n');
      return { head: first.split('\n')[0]!, tail: length < size ? rows.slice(1) : rows };
    }
  } finally {
    await handle.close();
  }
}

async function textAt(handle: FileHandle, from: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.toString('utf8', 0, bytesRead);
}

async function readLines(file: string, limit: number, step?: number): Promise<ReadLines> {
  const handle = await open(file);
  let lines: LogLine[] = [];
  let before = 0;
  let others = 0;
  const mark = `"step":${step}`;
  try {
    for await (const row of handle.readLines()) {
      // Most rows of a build are another step's: those need not be parsed.
      if (step !== undefined && !row.includes(mark)) {
        if (row.startsWith('{"at":')) others++;
        continue;
      }
      const line = lineFrom(row);
      if (line === undefined) continue;
      if (step !== undefined && line.step !== step) {
        others++;
        continue;
      }
      lines.push(line);
      if (lines.length < 2 * limit) continue;
      before += lines.length - limit;
      lines = lines.slice(-limit);
    }
  } finally {
    await handle.close();
  }
  before += Math.max(0, lines.length - limit);
  return { lines: lines.slice(-limit), before, total: before + Math.min(lines.length, limit) + others };
}

/** `20261122-064931`, so that names sort by time. */
function stamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}
