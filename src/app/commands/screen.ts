import type { Command } from '../commands.ts';
import { nextPane, openScreen } from '../movement.ts';

/** Which screen and which list is shown. */
export const SCREEN_COMMANDS: readonly Command[] = [
  {
    id: 'screen.images',
    title: 'Images screen',
    scope: 'anywhere',
    keys: ['1'],
    run: (app) => openScreen(app, 'images'),
  },
  {
    id: 'screen.layers',
    title: 'Layers screen',
    scope: 'anywhere',
    keys: ['2'],
    run: (app) => openScreen(app, 'layers'),
  },
  {
    id: 'screen.disk',
    title: 'Disk screen',
    scope: 'anywhere',
    keys: ['3'],
    run: (app) => openScreen(app, 'disk'),
  },
  {
    id: 'screen.jobs',
    title: 'Jobs screen',
    scope: 'anywhere',
    keys: ['4'],
    run: (app) => openScreen(app, 'jobs'),
  },
  {
    id: 'pane.next',
    title: 'Next list',
    scope: 'images',
    keys: ['tab'],
    motion: true,
    run: (app) => nextPane(app, 1),
  },
  {
    id: 'pane.previous',
    title: 'Previous list',
    scope: 'images',
    keys: ['shift+tab'],
    motion: true,
    run: (app) => nextPane(app, -1),
  },
];
