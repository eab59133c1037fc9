/** The file of one job while it is written: what is said is gathered, and a disk that is behind is waited for. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import type { LogLine } from './job-log.ts';
import type { Job } from './jobs.ts';
import { endRecord, lineRecord } from './journal-record.ts';

export interface JournalEntry {
  readonly file: string;
  /** Why the log is not kept, `''` while it is. */
  problem(): string;
  /** A promise when the disk is behind: wait for it before saying more. */
  add(lines: readonly LogLine[]): Promise<void> | undefined;
  end(job: Job): Promise<void>;
}

/** Bytes said but not written that are too many to say more. */
const BEHIND = 512 * 1024;
/** Milliseconds between two writes: many small ones would cost more than what is said in them. */
const GATHERING = 25;

export class FileEntry implements JournalEntry {
  readonly file: string;
  readonly listeners = new Set<(lines: readonly LogLine[], first: number) => void>();
  private readonly folder: string;
  private readonly onEnd: () => void;
  private pending: string[] = [];
  private bytes = 0;
  private count = 0;
  private handle: FileHandle | undefined;
  private writing: Promise<void> | undefined;
  private isAwaited = false;
  private gathered: (() => void) | undefined;
  private failed = '';

  constructor(folder: string, file: string, onEnd: () => void) {
    this.folder = folder;
    this.file = file;
    this.onEnd = onEnd;
  }

  problem(): string {
    return this.failed;
  }

  add(lines: readonly LogLine[]): Promise<void> | undefined {
    for (const line of lines) this.write(lineRecord(line));
    for (const listener of this.listeners) listener(lines, this.count);
    this.count += lines.length;
    if (this.bytes <= BEHIND) return undefined;
    this.hurry();
    return this.writing;
  }

  async end(job: Job): Promise<void> {
    this.write(endRecord(job));
    await this.settled();
    this.onEnd();
    await this.handle?.close().catch(() => {});
  }

  async settled(): Promise<void> {
    while (this.writing !== undefined) {
      this.hurry();
      await this.writing;
    }
  }

  write(record: string): void {
    if (this.failed !== '') return;
    this.pending.push(record);
    this.bytes += record.length;
    this.writing ??= this.drain();
  }

  private async drain(): Promise<void> {
    try {
      this.handle ??= await this.create();
      while (this.pending.length > 0) {
        const text = `${this.pending.join('\n')}\n`;
        this.pending = [];
        this.bytes = 0;
        await this.handle.appendFile(text);
        await this.gather();
      }
    } catch (thrown) {
      this.failed = thrown instanceof Error ? thrown.message : String(thrown);
      this.pending = [];
      this.bytes = 0;
    } finally {
      this.writing = undefined;
      this.isAwaited = false;
    }
  }

  /** Waits for more to write at once, unless somebody waits for it to be written. */
  private gather(): Promise<void> | undefined {
    if (this.isAwaited) return undefined;
    return new Promise((resolve) => {
      this.gathered = resolve;
      setTimeout(resolve, GATHERING);
    });
  }

  private hurry(): void {
    this.isAwaited = true;
    this.gathered?.();
  }

  private async create(): Promise<FileHandle> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    // What was asked for can be nobody else's business.
    return await open(this.file, 'ax', 0o600);
  }
}
