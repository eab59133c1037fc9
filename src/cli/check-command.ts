/** The gate for images, as data. */
import type { CommandSpec } from './flag.ts';

export const CHECK_COMMAND: CommandSpec = {
  name: 'check',
  summary: 'Show what an image carries in vain, and fail where that is over a limit',
  operands: 'IMAGE|ARCHIVE',
  least: 1,
  most: 1,
  flags: [
    { name: 'max-waste', value: 'SIZE', help: 'Most bytes that are overwritten, deleted or left over: 20MB' },
    {
      name: 'min-efficiency',
      value: 'SHARE',
      help: 'Least part of the image that is seen and needed: 0.95 or 95%',
    },
    { name: 'max-size', value: 'SIZE', help: 'Most bytes of all layers, unpacked: 500MB' },
    { name: 'max-layers', value: 'N', help: 'Most layers' },
    {
      name: 'max-duplicates',
      value: 'SIZE',
      help: 'Most bytes that are in several files, all but one counted',
    },
    {
      name: 'ignore',
      value: 'PATTERN',
      repeat: true,
      help: 'Files that are no waste, as a .dockerignore names them: var/log, **/*.pyc',
    },
    { name: 'limit', short: 'n', value: 'N', help: 'Show the first N of each list (default 10)' },
    { name: 'quick', help: 'Read no contents: duplicates and unchanged copies stay unknown' },
    { name: 'quiet', short: 'q', help: 'Say only which limits are broken' },
    { name: 'json', help: 'Print a JSON document for machines' },
  ],
  notes: [
    'Exit codes: 0 all limits kept, or none given; 1 one is broken, or the image cannot be read; 2 wrong usage.',
    'IMAGE is one of the engine, registry:NAME or a file: image.tar, ./image.tar#NAME where it holds several images.',
    'Sizes are unpacked. Efficiency is 1 - waste / size; duplicates are no waste, since both files may be needed.',
    '--json: image, id, platform, layers, size, waste, efficiency, duplicates (null where contents were not read, as with',
    '--quick), kinds (bytes and items of overwritten, deleted, leftover, duplicate), items (the 1,000 biggest of each',
    'kind: kind, path, within, bytes, files, times, what, broughtBy, hiddenBy, layer, step, diffId, createdBy, fix,',
    'sameAs, unchanged), limits (name, allowed, actual, kept, hint), kept. Layers are counted from the base, which is 1;',
    'a byte of a path that is no UTF-8 is \\udcNN.',
  ],
  load: () => import('./commands/check.ts'),
};
