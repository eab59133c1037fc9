import type { App } from '../app.ts';
import { showLayers } from '../branches.ts';
import { reviewCleanup } from '../clean-up-review.ts';
import type { Command, Scope } from '../commands.ts';
import { copyReference } from '../copying.ts';
import { zoomLayer } from '../forest-actions.ts';
import { layoutOf } from '../layout.ts';
import { currentImage } from '../movement.ts';
import { askTag, askUntag } from '../naming.ts';
import { openPage } from '../paging.ts';
import { togglePin } from '../pinning.ts';
import { isPlanning, markedImages } from '../planned.ts';
import { openMarked } from '../planner-actions.ts';
import { askRemoval } from '../removing.ts';
import { nextSort, reverseSort } from '../sorting.ts';
import { nothingListed } from './list.ts';

function noImage(app: App): string | undefined {
  return currentImage(app.store.get()) === undefined ? 'there is no image under the cursor' : undefined;
}

function nothingChosen(app: App): string | undefined {
  return markedImages(app.store.get()).size > 0 ? undefined : noImage(app);
}

/** There are always rules; the hint is for who has marked something. */
function worthCleaning(app: App): boolean {
  const state = app.store.get();
  return !state.readOnly && state.connection.status === 'connected' && markedImages(state).size > 0;
}

/** With ticked rules, what is marked goes as the planner has it. */
function askDeletion(app: App): void {
  if (isPlanning(app.store.get())) reviewCleanup(app);
  else askRemoval(app);
}

/** What can be done to an image, wherever one is under the cursor. */
function imageCommands(scope: Scope): Command[] {
  return [
    {
      id: `${scope}.tag`,
      title: 'Tag…',
      scope,
      keys: ['t'],
      hint: 40,
      label: 'tag',
      changes: true,
      blocked: noImage,
      run: askTag,
    },
    {
      id: `${scope}.untag`,
      title: 'Remove a name…',
      scope,
      keys: ['u'],
      label: 'untag',
      changes: true,
      blocked: noImage,
      run: askUntag,
    },
    {
      id: `${scope}.delete`,
      title: 'Delete…',
      scope,
      keys: ['d'],
      hint: 50,
      label: 'delete',
      changes: true,
      blocked: nothingChosen,
      run: askDeletion,
    },
    {
      id: `${scope}.pin`,
      title: 'Pin or unpin',
      scope,
      keys: ['K'],
      blocked: noImage,
      run: (app) => togglePin(app),
    },
    {
      id: `${scope}.copy`,
      title: 'Copy reference',
      scope,
      keys: ['y'],
      blocked: noImage,
      run: copyReference,
    },
  ];
}

export const IMAGE_COMMANDS: readonly Command[] = [
  {
    id: 'image.open',
    title: 'Image page',
    scope: 'images',
    keys: ['enter'],
    hint: 20,
    label: 'detail',
    blocked: noImage,
    run: (app) => openPage(app, 'overview'),
  },
  {
    id: 'image.inspect',
    title: 'Inspect JSON',
    scope: 'images',
    keys: ['i'],
    blocked: noImage,
    run: (app) => openPage(app, 'inspect'),
  },
  {
    id: 'image.layers',
    title: 'Show in the layer tree',
    scope: 'images',
    keys: ['L'],
    hint: 30,
    // A narrow screen has room for one way into an image's layers: its files.
    hinted: (app) => layoutOf(app.store.get().columns, app.store.get().rows).wide,
    label: 'layers',
    blocked: noImage,
    run: showLayers,
  },
  ...imageCommands('images'),
  {
    id: 'images.clean',
    title: 'Clean up: what is marked, and rules',
    scope: 'images',
    keys: ['x'],
    hint: 52,
    label: 'clean up',
    hinted: worthCleaning,
    run: openMarked,
  },
  {
    id: 'images.dangling',
    title: 'Delete all dangling images…',
    scope: 'images',
    keys: ['X'],
    changes: true,
    run: (app) => askRemoval(app, 'dangling'),
  },
  {
    id: 'sort.next',
    title: 'Sort by the next column',
    scope: 'images',
    keys: ['s'],
    hint: 62,
    label: 'sort',
    blocked: nothingListed,
    run: nextSort,
  },
  {
    id: 'sort.reverse',
    title: 'Reverse the order',
    scope: 'images',
    keys: ['S'],
    blocked: nothingListed,
    run: reverseSort,
  },
  {
    id: 'layers.page',
    title: 'Image page, or the layer where none ends',
    scope: 'layers',
    keys: ['enter'],
    hint: 20,
    label: (app) =>
      noImage(app) === undefined ? 'image' : app.store.get().forestView.zoomed ? 'forest' : 'layer',
    run: (app) => (noImage(app) === undefined ? openPage(app, 'overview') : zoomLayer(app)),
  },
  ...imageCommands('layers'),
];
