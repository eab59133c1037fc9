/** Asking for an archive to load, or for a root file system to make an image of. */
import { statSync } from 'node:fs';
import { asEngineError } from '../engine/errors.ts';
import { parsePlatform } from '../engine/oci/platform.ts';
import { parseNewName } from '../engine/reference.ts';
import type { App } from './app.ts';
import { expandHome, suggestNames, suggestPaths } from './completion.ts';
import type { Note } from './overlay.ts';
import { openPrompt } from './prompting.ts';
import { EMPTY_FIELD, fieldOf } from './text-field.ts';
import { startRequest } from './transfers.ts';

export function askLoad(app: App): void {
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
      placeNote(place, 'what docker save or an OCI layout wrote, plain, gzip or zstd', 'loads its images'),
    submit: ([place = '']) => startRequest(app, { kind: 'load', place: placeOf(place) }),
  });
}

export function askImport(app: App, place = ''): void {
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
    note: ([from = '', name = '', platform = '']) => importNote(from, name, platform),
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

function placeOf(typed: string): string {
  const place = typed.trim();
  return /^https?:\/\//i.test(place) ? place : expandHome(place);
}

function placeNote(typed: string, what: string, ok: string): Note {
  const place = placeOf(typed);
  if (place === '') return { tone: 'advice', text: what };
  if (/^https?:\/\//i.test(place))
    return URL.canParse(place) ? { tone: 'ok', text: ok } : { tone: 'wrong', text: 'this is no address' };
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return { tone: 'wrong', text: 'there is no such file' };
  if (stat.isDirectory()) return { tone: 'advice', text: 'this is a folder' };
  return { tone: 'ok', text: ok };
}

function importNote(from: string, name: string, platform: string): Note {
  try {
    if (platform.trim() !== '') parsePlatform(platform.trim());
    const called = name.trim() === '' ? 'an image without a name' : parseNewName(name.trim()).familiar();
    return placeNote(
      from,
      'a tar of a whole file system, plain, gzip or zstd',
      `becomes ${called}, of one layer`,
    );
  } catch (thrown) {
    const error = asEngineError(thrown);
    return { tone: 'wrong', text: `${error.message}. ${error.hint}` };
  }
}
