/** Saving what a job said to a file of one's own, a line a row. */
import { open, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { App } from './app.ts';
import { expandHome, suggestPaths } from './completion.ts';
import type { Found } from './file-look.ts';
import { plural } from './format.ts';
import type { LogLine } from './job-log.ts';
import { lineFrom } from './journal-record.ts';
import type { Note } from './overlay.ts';
import { lookFor, openPrompt } from './prompting.ts';
import { fieldOf } from './text-field.ts';

/** Of the log that is shown whole. */
export function askSaveJobLog(app: App): void {
  const { log } = app.store.get();
  if (log === undefined) return;
  const look = lookFor(app);
  openPrompt(app, {
    title: `Save the log of ${log.title}`,
    verb: 'save',
    fields: [
      { label: 'to', field: fieldOf(logFileName(log.title)), suggest: (text) => suggestPaths(text, false) },
    ],
    note: ([path = '']) => saveNote(path, look),
    submit: ([path = '']) => void saveLog(app, log.file, path, timedRow),
  });
}

export function nothingToSave(app: App): string | undefined {
  return app.store.get().log?.file === '' ? 'this log is on no disk' : undefined;
}

/** `acme/api:dev` as `acme-api-dev.log`. */
export function logFileName(title: string): string {
  const name = title.replace(/[^\w.-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return `${name === '' ? 'log' : name}.log`;
}

export function saveNote(typed: string, look: (path: string) => Found): Note {
  if (typed.trim() === '') return { tone: 'advice', text: 'a file to write' };
  const path = pathOf(typed);
  const found = look(path);
  if (found === 'folder') return { tone: 'advice', text: 'this is a folder: add a file name' };
  if (found === 'file') return { tone: 'wrong', text: 'this file exists: choose another name' };
  const folder = dirname(path);
  if (look(folder) === 'nothing') return { tone: 'wrong', text: `there is no folder ${folder}` };
  return { tone: 'ok', text: 'all of it, a line a row' };
}

/** Writes the lines of a job's file as rows, those without a row left out; never over another file, and all or nothing. */
export async function saveLog(
  app: App,
  file: string,
  typed: string,
  rowOf: (line: LogLine) => string | undefined,
): Promise<void> {
  const path = pathOf(typed);
  let count = 0;
  const rows = async function* (): AsyncGenerator<string> {
    const handle = await open(file);
    try {
      for await (const record of handle.readLines()) {
        const line = lineFrom(record);
        const row = line === undefined ? undefined : rowOf(line);
        if (row === undefined) continue;
        count++;
        yield `${row}\n`;
      }
    } finally {
      await handle.close();
    }
  };
  try {
    await app.journal.flush(file);
    const target = await open(path, 'wx');
    try {
      await pipeline(Readable.from(rows()), target.createWriteStream());
    } catch (thrown) {
      await unlink(path).catch(() => {});
      throw thrown;
    }
    app.say('good', `saved ${plural(count, 'line')} to ${path}`);
  } catch (thrown) {
    app.fail('the log was not saved', thrown);
  }
}

/** `2026-11-22T10:22:03.120Z layer 4ed0f48f: pull complete` */
export function timedRow(line: LogLine): string {
  return `${new Date(line.at).toISOString()} ${line.topic} ${line.text}`;
}

function pathOf(typed: string): string {
  return resolve(expandHome(typed.trim()));
}
