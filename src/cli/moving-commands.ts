/** The commands that move images, and those that say who one is to registries. Kept light, as the whole table. */
import type { CommandSpec, Flag } from './flag.ts';

export const JSON_EVENTS: Flag = {
  name: 'json',
  help: 'Print every event, and at last the result or the failure, as one line of JSON each',
};
const JSON_FLAG: Flag = { name: 'json', help: 'Print a JSON document for machines' };
export const QUIET: Flag = { name: 'quiet', short: 'q', help: 'Show no progress' };
export const CHANGE: Flag = {
  name: 'change',
  short: 'c',
  value: 'INSTRUCTION',
  repeat: true,
  help: "Apply this, such as 'CMD /bin/sh'",
};
export const MESSAGE: Flag = {
  name: 'message',
  short: 'm',
  value: 'TEXT',
  help: "Comment for the image's history",
};
export const PLATFORM: Flag = { name: 'platform', value: 'OS/ARCH[/VARIANT]', help: '' };

export const MOVING_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'pull',
    summary: 'Get images from a registry',
    operands: 'NAME[:TAG|@DIGEST] [NAME...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { ...PLATFORM, help: "Get the image for this platform instead of the engine's own" },
      { name: 'all-platforms', help: 'Get every platform of the image (embedded engine)' },
      QUIET,
      JSON_EVENTS,
    ],
    changes: true,
    events: true,
    load: () => import('./commands/pull.ts'),
  },
  {
    name: 'push',
    summary: 'Send an image to the registry that its name says',
    operands: 'IMAGE[:TAG]',
    least: 1,
    most: 1,
    flags: [{ ...PLATFORM, help: 'Send only this platform' }, QUIET, JSON_EVENTS],
    changes: true,
    events: true,
    load: () => import('./commands/push.ts'),
  },
  {
    name: 'save',
    summary: 'Write images to a tar archive',
    operands: 'IMAGE [IMAGE...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'output', short: 'o', value: 'FILE', help: 'Write to this file instead of stdout' },
      { name: 'compress', value: 'KIND', help: 'gzip, zstd or none (default none)' },
      { ...PLATFORM, help: 'Only this platform' },
      { name: 'force', short: 'f', help: 'Replace the file if it is there' },
      QUIET,
      JSON_EVENTS,
    ],
    notes: [
      'The archive is a docker archive and an OCI layout in one: docker load, podman load and skopeo read it.',
    ],
    events: true,
    load: () => import('./commands/save.ts'),
  },
  {
    name: 'load',
    summary: 'Take in the images of a tar archive',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'input', short: 'i', value: 'FILE|URL', help: 'Read from there instead of stdin' },
      QUIET,
      JSON_EVENTS,
    ],
    changes: true,
    notes: ['Docker archives and OCI archives; plain, or compressed with gzip or zstd.'],
    events: true,
    load: () => import('./commands/load.ts'),
  },
  {
    name: 'import',
    summary: 'Make an image from a tar of a root file system',
    operands: 'FILE|URL|- [NAME[:TAG]]',
    least: 1,
    most: 2,
    flags: [CHANGE, MESSAGE, { ...PLATFORM, help: 'What the files are for' }, QUIET, JSON_EVENTS],
    changes: true,
    events: true,
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'login',
    summary: 'Log in to a registry, for nacre and docker alike',
    operands: '[REGISTRY]',
    least: 0,
    most: 1,
    flags: [
      { name: 'username', short: 'u', value: 'NAME', help: 'Asked for where it is left out' },
      {
        name: 'password',
        short: 'p',
        value: 'TEXT',
        help: 'Others can read it: rather be asked, or use --password-stdin',
      },
      { name: 'password-stdin', help: 'Read the password from stdin' },
      JSON_FLAG,
    ],
    notes: [
      'REGISTRY is a host such as registry.local:5000; without it, Docker Hub.',
      "The password goes to docker's credential helper, or where none is set to docker's config.json.",
    ],
    load: () => import('./commands/login.ts'),
  },
  {
    name: 'logout',
    summary: 'Forget what login stored',
    operands: '[REGISTRY]',
    least: 0,
    most: 1,
    flags: [JSON_FLAG],
    load: () => import('./commands/logout.ts'),
  },
];
