/** `nacre diff`, as data. */
import type { CommandSpec } from './flag.ts';

export const DIFF_COMMAND: CommandSpec = {
  name: 'diff',
  summary: 'Compare two images: config, layers, packages and files',
  operands: 'IMAGE|ARCHIVE IMAGE|ARCHIVE',
  least: 2,
  most: 2,
  flags: [
    { name: 'image-config', help: 'Only this section (several of these flags add up)' },
    { name: 'layers', help: 'Only this section' },
    { name: 'packages', help: 'Only this section: dpkg, apk, rpm, npm and pip' },
    { name: 'files', help: 'Only this section' },
    { name: 'all', short: 'a', help: 'Show all files, not only those of each kind that move most bytes' },
    {
      name: 'patch',
      value: 'PATH',
      help: 'Show how the text of one file differs, as diff -u does, and nothing else',
    },
    { name: 'quick', help: 'Read no contents: files of one size differ only perhaps, where their times do' },
    { name: 'exit-code', help: 'Exit with 1 where they differ' },
    { name: 'json', help: 'Print a JSON document for machines' },
  ],
  notes: [
    'Each is an image of the engine, registry:NAME or a file: image.tar, ./image.tar#NAME where it holds several images.',
    '+ is only in the second, - only in the first, ~ differs, ? differs perhaps (--quick).',
    'A file that has only another time is the same; a hard link is the same as the file that it stands for.',
    'Files stand by the bytes they move: what was added or removed, and of another content all of it, since it is stored',
    'anew, with how much larger or smaller it is behind (+0B); other permissions alone move none.',
    '--json: before and after (name, id, platform, where), config (field, key, before, after), layers (kind, diffId,',
    'before and after as numbers from 1, createdBy, size), packages (changes: kind, name, before and after as lists of',
    'versions; problems), files (added, removed, changed: files, folders, bytes, moved; unsure and assumed: how many',
    'differ only perhaps, and how many pass for the same; changes: kind, path, bytes, moved, aspects, unsure, before and',
    'after: type, size, mode, uid, gid, mtime, link, digest, layer). bytes: by how many the image grows; moved: how many',
    'come or go. What one lacks is null.',
  ],
  load: () => import('./commands/diff.ts'),
};
