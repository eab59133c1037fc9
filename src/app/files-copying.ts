/** Paths of the files page on the clipboard of the person's own terminal; of a layer its diff ID, or its instruction. */
import type { ContentLayer } from '../engine/layers/contents.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import type { App } from './app.ts';
import { noFile, noLayer } from './files-actions.ts';
import { filesTarget } from './files-page.ts';
import type { AppState } from './state.ts';

/** The layer under the cursor of their pane. */
function layerOf({ files }: AppState): ContentLayer | undefined {
  return files?.focus === 'layers' && files.layer !== undefined
    ? files.image?.layers[files.layer]
    : undefined;
}

/** Why there is neither a path nor a layer to be copied. */
export function notCopyable(app: App): string | undefined {
  if (app.store.get().files?.focus !== 'layers') return noFile(app);
  return layerOf(app.store.get()) === undefined ? noLayer(app) : undefined;
}

/** Of a layer its diff ID. */
export function copyFileOrLayer(app: App): void {
  const layer = layerOf(app.store.get());
  if (layer !== undefined) {
    copyText(app, layer.diffId, layer.diffId);
    return;
  }
  const target = filesTarget(app.store.get());
  if (target === undefined) return;
  const path = `/${shownPath(target.path)}`;
  copyText(app, path, path);
}

export function noInstruction(app: App): string | undefined {
  const state = app.store.get();
  if (state.files?.focus !== 'layers') return 'tab goes to the layers first';
  const layer = layerOf(state);
  if (layer === undefined) return noLayer(app);
  return layer.createdBy === '' ? 'no instruction is recorded for this layer' : undefined;
}

export function copyInstruction(app: App): void {
  const layer = layerOf(app.store.get());
  if (layer !== undefined) copyText(app, layer.createdBy, `the instruction: ${layer.createdBy}`);
}

function copyText(app: App, text: string, told: string): void {
  if (app.terminal.copy(text)) app.say('good', `copied ${told}`);
  else app.say('bad', 'too long for the terminal clipboard');
}
