/** Asking for an archive to load, or for a root file system to make an image of. */
import { resolve } from 'node:path';
import { asEngineError } from '../engine/errors.ts';
import { parsePlatform } from '../engine/oci/platform.ts';
import { parseNewName } from '../engine/reference.ts';
import type { App } from './app.ts';
import { expandHome, suggestNames, suggestPaths } from './completion.ts';
import type { Found } from './file-look.ts';
import type { Note } from './overlay.ts';
import { lookFor, openPrompt } from './prompting.ts';
import { EMPTY_FIELD, fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

export function askLoad(app: App): void {
  const look = lookFor(app);
  openPrompt(app, {
    title: 'Open a tar of images',
    verb: 'load',
    fields: [
      {
        label: 'file or URL',
        field: EMPTY_FIELD,
        example: 'app.tar.gz',
        suggest: (text) => suggestPaths(text, true),
      },
    ],
    note: ([place = '']) =>
      placeNote(
        place,
        'what docker save or an OCI layout wrote, plain, gzip or zstd',
        'loads its images',
        look,
      ),
    submit: ([place = '']) => startRequest(app, { kind: 'load', place: placeOf(place) }),
  });
}

export function askImport(app: App, place = ''): void {
  const look = lookFor(app);
  openPrompt(app, {
    title:
      place === '' ? 'Import a root file system' : 'It holds no images: import it as a root file system?',
    verb: 'import',
    focus: place === '' ? 0 : 1,
    fields: [
      {
        label: 'file or URL',
        field: fieldOf(place),
        example: 'rootfs.tar.gz',
        suggest: (text) => suggestPaths(text, true),
      },
      {
        label: 'name',
        field: EMPTY_FIELD,
        example: 'none: it becomes a dangling image',
        suggest: (text) => suggestNames(app.store.get(), text),
      },
      { label: 'platform', field: EMPTY_FIELD, example: 'as this machine' },
    ],
    note: ([from = '', name = '', platform = '']) => importNote(from, name, platform, look),
    submit: ([from = '', name = '', platform = '']) =>
      startRequest(app, {
        kind: 'import',
        place: placeOf(from),
        reference: name.trim() === '' ? '' : parseNewName(name.trim()).familiar(),
        platform: platform.trim(),
      }),
  });
}

/** A tar that holds no images is most often a root file system: asked for at once, unless the person is at something else. */
export function offerImport(app: App, place: string, begunAt: number): void {
  const { overlay, field } = app.store.get();
  if (overlay === undefined && field === undefined && app.stroke.isQuiet(begunAt)) askImport(app, place);
  else app.say('bad', 'it holds no images · : import makes one of a root file system');
}

/** An address, or the full path of a file: what is asked for again in another folder must be the same file. */
function placeOf(typed: string): string {
  const place = typed.trim();
  return isAddress(place) ? place : resolve(expandHome(place));
}

function isAddress(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

function placeNote(typed: string, what: string, ok: string, look: (path: string) => Found): Note {
  if (typed.trim() === '') return { tone: 'advice', text: what };
  const place = placeOf(typed);
  if (isAddress(place))
    return URL.canParse(place) ? { tone: 'ok', text: ok } : { tone: 'wrong', text: 'this is no address' };
  const found = look(place);
  if (found === 'nothing') return { tone: 'wrong', text: 'there is no such file' };
  if (found === 'folder') return { tone: 'advice', text: 'this is a folder' };
  return { tone: 'ok', text: ok };
}

function importNote(from: string, name: string, platform: string, look: (path: string) => Found): Note {
  try {
    if (platform.trim() !== '') parsePlatform(platform.trim());
    const called = name.trim() === '' ? 'an image without a name' : parseNewName(name.trim()).familiar();
    return placeNote(
      from,
      'a tar of a whole file system, plain, gzip or zstd',
      `becomes ${called}, of one layer`,
      look,
    );
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}
