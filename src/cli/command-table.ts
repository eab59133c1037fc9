/** Every headless command: its flags, its help and where its code is. Kept light: nothing runs until it is asked for. */
import { CHECK_COMMAND } from './check-command.ts';
import { DIFF_COMMAND } from './diff-command.ts';
import type { CommandSpec, Flag } from './flag.ts';
import { INSIDE_COMMANDS } from './inside-commands.ts';
import { MAKING_COMMANDS } from './making-commands.ts';
import { MOVING_COMMANDS } from './moving-commands.ts';
import { PIN_COMMANDS } from './pin-commands.ts';
import { TRASH_COMMAND } from './trash-command.ts';
import { UNDO_COMMANDS } from './undo-commands.ts';

export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: 'host', short: 'H', value: 'URL', help: 'Engine to talk to: unix://, tcp:// or ssh:// address' },
  { name: 'context', value: 'NAME', help: 'Docker context to take the engine from' },
  { name: 'embedded', help: "Work without an engine, on nacre's own store" },
  { name: 'store', value: 'DIR', help: 'The same on this OCI layout, which is made when it is not there' },
  { name: 'read-only', help: 'Forbid every change' },
  { name: 'ascii', help: 'Draw with ASCII characters only' },
  { name: 'no-color', help: 'Draw without colours (as NO_COLOR does)' },
  { name: 'config', value: 'FILE', help: 'Read this file instead of $XDG_CONFIG_HOME/nacre/config.toml' },
  { name: 'help', short: 'h', help: 'Show help' },
  { name: 'version', short: 'v', help: 'Show the version' },
];

const JSON_FLAG: Flag = { name: 'json', help: 'Print a JSON document for machines' };
const FORMAT_FLAG: Flag = {
  name: 'format',
  value: 'TEMPLATE',
  help: "Print with a Go template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'",
};
const NO_TRUNC: Flag = { name: 'no-trunc', help: 'Do not shorten ids and instructions' };
const FORCE: Flag = {
  name: 'force',
  short: 'f',
  help: 'Remove all names of an id, and in spite of stopped containers',
};
const NO_PRUNE: Flag = { name: 'no-prune', help: 'Keep untagged parents' };
const NO_TRASH: Flag = { name: 'no-trash', help: 'Delete without keeping it in the trash' };
const DRY_RUN: Flag = { name: 'dry-run', help: 'Show what would be done and freed, and do nothing' };
const CLEAN_UP: readonly Flag[] = [
  {
    name: 'rule',
    value: 'RULE',
    repeat: true,
    help: 'Mark what a rule means; several rules add up (see below)',
  },
  {
    name: 'free',
    value: 'SIZE',
    help: 'Add the images that would be missed least, until so much is freed: 10GB',
  },
  { name: 'by', value: 'WHAT', help: 'What older-than counts from: created (default), pulled or used' },
  { name: 'with-containers', help: 'Take the containers of marked images along' },
  { name: 'with-children', help: 'Take the images along that were built on marked ones' },
  { name: 'check-registry', help: 'Ask registries whether they still have what goes' },
];
const RULE_NOTES: readonly string[] = [
  "A RULE is one of these; 'unused and older-than=30d' narrows one by another:",
  '  dangling, superseded, unused, unreferenced-build, older-than=30d [by pulled|used], not-used-for=30d,',
  '  keep-newest=3, name=PATTERN, label=KEY[=VALUE], larger-than=500MB, build-cache[=older-than=7d,type=TYPE],',
  '  stopped-containers[=older-than=7d],',
  '  unused-volumes[=all,released,older-than=30d,label=KEY[=VALUE],name=PATTERN]',
  'unused-volumes alone takes volumes, those that nobody named; all: named ones, too; released: also those that only',
  'containers of the same plan use. What is in a volume cannot come back.',
  'What is pinned (nacre pins lists it), what a container uses and what others were built on is left alone.',
];
const FILTER: Flag = { name: 'filter', value: 'KEY=VALUE', repeat: true, help: '' };

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'images',
    summary: 'List images',
    operands: '[PATTERN]',
    least: 0,
    most: 1,
    flags: [
      { name: 'all', short: 'a', help: 'Show intermediate images too' },
      { name: 'digests', help: 'Show digests' },
      {
        ...FILTER,
        short: 'f',
        help: 'dangling=true, label=KEY[=VALUE], since=IMAGE, before=IMAGE, reference=PATTERN, until=TIME',
      },
      FORMAT_FLAG,
      NO_TRUNC,
      { name: 'quiet', short: 'q', help: 'Only show ids' },
      JSON_FLAG,
    ],
    notes: [
      'PATTERN is a name, name:tag or a pattern: ubuntu, app:2, ub*, acme/*, *:3.2*',
      'Template fields: .Repository .Tag .ID .Digest .CreatedSince .CreatedAt .Size .Containers .SharedSize .UniqueSize',
      '.VirtualSize',
    ],
    load: () => import('./commands/images.ts'),
  },
  {
    name: 'history',
    summary: 'Show how an image was made',
    operands: 'IMAGE',
    least: 1,
    most: 1,
    flags: [
      {
        name: 'human',
        short: 'H',
        help: 'Sizes and ages for people (default true; --human=false for numbers and dates)',
      },
      FORMAT_FLAG,
      NO_TRUNC,
      { name: 'quiet', short: 'q', help: 'Only show ids' },
      JSON_FLAG,
    ],
    notes: ['Template fields: .ID .CreatedSince .CreatedAt .CreatedBy .Size .Comment'],
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'inspect',
    summary: "Show everything the engine knows about images, in the engine's words",
    operands: 'IMAGE [IMAGE...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [
      { name: 'format', short: 'f', value: 'TEMPLATE', help: "Print with a Go template, or 'json'" },
      { name: 'json', help: 'Print a JSON document for machines, the same on every engine' },
    ],
    load: () => import('./commands/inspect.ts'),
  },
  ...INSIDE_COMMANDS,
  CHECK_COMMAND,
  DIFF_COMMAND,
  {
    name: 'plan',
    summary: 'Show what a removal or a clean-up would untag, delete and free, and what blocks it',
    operands: '[IMAGE...]',
    least: 0,
    most: Number.POSITIVE_INFINITY,
    flags: [
      ...CLEAN_UP,
      FORCE,
      NO_PRUNE,
      { name: 'script', help: 'Print a shell script of docker commands that does exactly this' },
      { ...JSON_FLAG, help: 'Print a JSON document, which prune --plan takes' },
    ],
    notes: RULE_NOTES,
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'rmi',
    summary: 'Remove images or their names',
    operands: 'IMAGE [IMAGE...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [FORCE, NO_PRUNE, NO_TRASH, DRY_RUN, JSON_FLAG],
    changes: true,
    load: () => import('./commands/rmi.ts'),
  },
  {
    name: 'prune',
    summary: 'Remove dangling images, all unused ones, or what rules mean',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'all', short: 'a', help: 'Remove all images without a container, not only dangling ones' },
      {
        name: 'build-cache',
        help: 'Remove unused build cache too (with --all also what could be used again)',
      },
      { ...FILTER, help: 'until=TIME, label=KEY[=VALUE]' },
      ...CLEAN_UP,
      {
        name: 'plan',
        value: 'FILE',
        help: 'Do exactly what a document of nacre plan --json says, or nothing',
      },
      { name: 'force', short: 'f', help: 'Do not ask' },
      { name: 'yes', short: 'y', help: 'The same' },
      NO_TRASH,
      DRY_RUN,
      JSON_FLAG,
    ],
    changes: true,
    notes: RULE_NOTES,
    load: () => import('./commands/prune.ts'),
  },
  ...PIN_COMMANDS,
  ...UNDO_COMMANDS,
  TRASH_COMMAND,
  {
    name: 'tag',
    summary: 'Give an image a further name',
    operands: 'SOURCE TARGET',
    least: 2,
    most: 2,
    flags: [JSON_FLAG],
    changes: true,
    load: () => import('./commands/tag.ts'),
  },
  ...MAKING_COMMANDS,
  ...MOVING_COMMANDS,
  {
    name: 'df',
    summary: 'Show disk usage',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'verbose', short: 'v', help: 'Show every image and every part of the build cache' },
      JSON_FLAG,
    ],
    notes: ['≥ marks a lower bound and ≈ an estimate; the reason stands below the table on stderr.'],
    load: () => import('./commands/df.ts'),
  },
  {
    name: 'info',
    summary: 'Show which engine nacre talks to, and why',
    operands: '',
    least: 0,
    most: 0,
    flags: [JSON_FLAG],
    load: () => import('./commands/info.ts'),
  },
  {
    name: 'store',
    summary: "Look after nacre's own store, or the one --store names",
    operands: 'check|gc|path',
    least: 1,
    most: 1,
    flags: [
      { name: 'all', short: 'a', help: 'gc: also what is younger than a day' },
      { ...DRY_RUN, help: 'gc: show what would go, and do nothing' },
      JSON_FLAG,
    ],
    changes: ([action]) => action === 'gc',
    notes: [
      'check reads every blob and compares it with its digest; it fails where an image misses one or one is damaged.',
      'gc deletes blobs that no image and no unfinished pull needs.',
      'path prints the folder.',
    ],
    load: () => import('./commands/store.ts'),
  },
  {
    name: 'completion',
    summary: 'Print a completion script',
    operands: 'bash|zsh|fish',
    least: 1,
    most: 1,
    flags: [],
    notes: ['bash: source <(nacre completion bash)', 'fish: nacre completion fish | source'],
    load: () => import('./commands/completion.ts'),
  },
];

export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}
