/** Commands about pins, as data. */
import type { CommandSpec } from './flag.ts';

const WHAT: readonly string[] = [
  'A PATTERN is a name (app:1), a name with all its tags (app), a pattern of names (acme/*) or a label:',
  '  label=KEY or label=KEY=VALUE. A label holds volumes as well; volume=PATTERN holds those it names.',
  'What is pinned goes by no rule, no prune and no clean-up; naming it to rmi removes it all the same.',
];

export const PIN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'pins',
    summary: 'List pins and what each of them holds',
    operands: '',
    least: 0,
    most: 0,
    flags: [{ name: 'json', help: 'Print a JSON document for machines' }],
    notes: WHAT,
    load: () => import('./commands/pins.ts'),
  },
  {
    name: 'pin',
    summary: 'Keep images and volumes from being cleaned up',
    operands: 'PATTERN [PATTERN...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [{ name: 'json', help: 'Print a JSON document for machines' }],
    notes: WHAT,
    load: () => import('./commands/pin.ts'),
  },
  {
    name: 'unpin',
    summary: 'Let pins go that were set by pin or by the key K',
    operands: 'PATTERN [PATTERN...]',
    least: 1,
    most: Number.POSITIVE_INFINITY,
    flags: [{ name: 'json', help: 'Print a JSON document for machines' }],
    notes: ['Pins of [pins] in the settings are let go of by editing the settings.'],
    load: () => import('./commands/unpin.ts'),
  },
];
