/** Asking where to save images, and never writing over a file unasked. */
import { dirname, resolve } from 'node:path';
import type { App } from './app.ts';
import { chosenRows } from './chosen.ts';
import { expandHome, suggestPaths } from './completion.ts';
import { type Found, look } from './file-look.ts';
import { plural, shortId } from './format.ts';
import type { Compression, JobRequest } from './job-request.ts';
import type { Note } from './overlay.ts';
import { lookFor, openPrompt } from './prompting.ts';
import type { Row } from './rows.ts';
import { fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

type Save = Extract<JobRequest, { kind: 'save' }>;

/** The first follows from how the file's name ends. */
const BY_ENDING = 'by the ending';
const CHOICES: Readonly<Record<string, Compression>> = { plain: 'none', gzip: 'gzip', zstd: 'zstd' };

export function askSave(app: App): void {
  const rows = chosenRows(app);
  if (rows.length === 0) return;
  const images = rows.flatMap((row) => (row.image.references.length > 0 ? row.image.references : [row.id]));
  const lookAt = lookFor(app);
  openPrompt(app, {
    title:
      rows.length === 1
        ? `Save ${rows[0]!.name}`
        : `Save ${plural(rows.length, 'marked image')} to one archive`,
    verb: 'save',
    fields: [
      { label: 'to', field: fieldOf(fileName(rows)), suggest: (text) => suggestPaths(text, false) },
      {
        label: 'packed',
        field: fieldOf(BY_ENDING),
        options: [BY_ENDING, ...Object.keys(CHOICES)],
      },
    ],
    note: ([path = '', packed = '']) => saveNote(path, packed, lookAt),
    submit: ([path = '', packed = '']) => {
      const request = requestOf(images, path, packed);
      // Who types fast is asked as well; and a file that comes between here and there is not written over by the job.
      void look(request.path).then((found) => {
        if (found === 'file') askOverwrite(app, request);
        else startRequest(app, request);
      });
    },
  });
}

/** `web-api-1.5.0.tar` */
function fileName(rows: readonly Row[]): string {
  if (rows.length > 1) return 'images.tar';
  const row = rows[0]!;
  const name = row.image.references[0] ?? shortId(row.id);
  return `${name.slice(name.lastIndexOf('/') + 1).replace(/[:@]/g, '-')}.tar`;
}

function requestOf(images: readonly string[], typed: string, packed: string): Save {
  const path = resolve(expandHome(typed.trim()));
  return { kind: 'save', images, path, compression: CHOICES[packed] ?? byEnding(path), overwrite: false };
}

function byEnding(path: string): Compression {
  if (/\.(?:t?gz)$/i.test(path)) return 'gzip';
  return /\.(?:zst|tzst|zstd)$/i.test(path) ? 'zstd' : 'none';
}

const PACKED: Readonly<Record<Compression, string>> = {
  none: 'not packed (.tar.gz or .tar.zst packs it)',
  gzip: 'packed with gzip',
  zstd: 'packed with zstd',
};

function saveNote(typed: string, packed: string, lookAt: (path: string) => Found): Note {
  if (typed.trim() === '')
    return { tone: 'advice', text: 'a file to write, for example  backup/app.tar.zst' };
  const { path, compression } = requestOf([], typed, packed);
  const found = lookAt(path);
  if (found === 'folder') return { tone: 'advice', text: 'this is a folder: add a file name' };
  const folder = dirname(path);
  if (lookAt(folder) === 'nothing') return { tone: 'wrong', text: `there is no folder ${folder}` };
  const exists = found === 'file' ? ' · it exists: you are asked before it is replaced' : '';
  return { tone: 'ok', text: `one archive that docker load reads, ${PACKED[compression]}${exists}` };
}

function askOverwrite(app: App, request: Save): void {
  app.store.update((state) => ({
    ...state,
    overlay: {
      kind: 'choice',
      choice: {
        title: `${request.path} exists`,
        rows: ['keep it', 'replace it when the new one is whole'],
        index: 0,
        verb: 'choose',
        submit: (index) => {
          if (index === 1) startRequest(app, { ...request, overwrite: true });
        },
      },
    },
  }));
}
