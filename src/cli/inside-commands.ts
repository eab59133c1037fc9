/** Commands that look inside images, as data. */
import type { CommandSpec } from './flag.ts';

export const INSIDE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'files',
    summary: 'List the files in an image, or in one of its layers',
    operands: 'IMAGE|ARCHIVE [PATH|PATTERN]',
    least: 1,
    most: 2,
    flags: [
      {
        name: 'layer',
        short: 'l',
        value: 'N',
        help: 'Only what layer N has, the base being 1 (default: all, stacked)',
      },
      { name: 'changes', short: 'c', help: 'Show what layers added (+), changed (~) and removed (-)' },
      { name: 'digests', short: 'd', help: 'Read contents, and show the SHA-256 of each file' },
      { name: 'sort', value: 'ORDER', help: 'path (default) or size, the largest first' },
      { name: 'quiet', short: 'q', help: 'Only show paths' },
      { name: 'json', help: 'Print one JSON object a line for machines' },
    ],
    notes: [
      'IMAGE is one of the engine, registry:NAME or a file: image.tar, ./image.tar#NAME where it holds several images.',
      'A PATH lists a folder with all below it. A PATTERN without a slash means names (*.pem), with one it means paths',
      'from the root (/etc/*.conf); ** is any number of folders. Quote it, so that the shell leaves it alone.',
      'A line is: layer, type and permissions, user/group, bytes, time of change, path, and where a link leads.',
      '--json: path (relative to the root), type, size, mode (a number), uid, gid, mtime (Unix seconds), link (or null),',
      'digest (null without --digests and for what is no file), layer; with --changes also change and changedBy.',
      'A byte of a name that is no UTF-8 is \\xNN in lines, and \\udcNN in JSON, as Python writes it (surrogateescape).',
    ],
    load: () => import('./commands/files.ts'),
  },
  {
    name: 'find',
    summary: 'Find files in all images, and which layer brought them',
    operands: '[PATTERN] [IMAGE...]',
    least: 0,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'all', short: 'a', help: 'Show also what a later layer overwrote or removed' },
      { name: 'largest', help: 'Find the largest files instead of a PATTERN' },
      { name: 'duplicates', help: 'Find files of equal content instead of a PATTERN; reads all contents' },
      {
        name: 'limit',
        short: 'n',
        value: 'N',
        help: 'Of --largest and --duplicates the first N (default 20)',
      },
      { name: 'json', help: 'Print one JSON object a line for machines' },
    ],
    notes: [
      'PATTERN is a name (libssl.so.3, *.pem), a path from the root (/etc/passwd, **/node_modules/left-pad; ** is any',
      'number of folders), or the digest of a content: sha256:… with 4 digits or more, which reads all contents.',
      'Without an IMAGE it looks through all local images. What was read once is kept, and each layer is read once for',
      'all images that share it. Layers are counted from the base, which is 1. An image that cannot be read is named,',
      'and stops none of the others; the exit code is then 1.',
      '--json, a PATTERN: image, names, path, type, size, mode, uid, gid, mtime, link, digest, layer, layers, diffId,',
      'step, createdBy, hiddenBy (the layer that hides it, or null). --largest: path, size, …, diffId, createdBy, images.',
      '--duplicates: digest, size, copies, bytes (of all copies but one), places.',
    ],
    load: () => import('./commands/find.ts'),
  },
  {
    name: 'cp',
    summary: 'Copy a file or a folder of an image to the disk',
    operands: 'IMAGE:PATH DEST|-',
    least: 2,
    most: 2,
    flags: [
      { name: 'layer', short: 'l', value: 'N', help: 'From layer N alone, the base being 1' },
      { name: 'force', short: 'f', help: 'Replace files that are there' },
      { name: 'quiet', short: 'q', help: 'Show no progress, and ask nothing' },
      {
        name: 'json',
        help: 'Print every event, and at last the result or the failure, as one line of JSON each',
      },
    ],
    notes: [
      'PATH begins with /. IMAGE is what nacre files takes: app:2:/etc/passwd, image.tar:/etc, registry:host/app:/etc.',
      'As with docker cp: into a DEST that is a folder it goes under its own name, else DEST is the new name; PATH/.',
      'means only what is in a folder; - writes a tar to stdout. Files are yours, with modes and times of the image.',
      'What is there already is asked about, or without a terminal left alone. Devices and pipes are left out.',
    ],
    events: true,
    load: () => import('./commands/cp.ts'),
  },
];
