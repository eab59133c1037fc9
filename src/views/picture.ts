/** A state as it is drawn: the rows of the screen, and the window over it. */
import type { App } from '../app/app.ts';
import { helpColumns, paletteRows } from '../app/command-index.ts';
import { screenModel } from '../app/screen-model.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import type { Window } from './box.ts';
import { overlayWindow } from './overlays.ts';
import { screenLines } from './screen.ts';

export interface Picture {
  readonly lines: readonly string[];
  readonly window: Window | undefined;
}

export function pictureOf(app: App, state: AppState, theme: Theme): Picture {
  const model = screenModel(app, state, theme);
  const { layout } = model;
  const { overlay } = state;
  const lines = screenLines(model);
  if (overlay === undefined || layout.tooSmall) return { lines, window: undefined };
  const palette = overlay.kind === 'palette' ? paletteRows(app, overlay.field.text) : [];
  const help = overlay.kind === 'help' ? helpColumns(app) : [];
  return { lines, window: overlayWindow({ overlay, state, layout, theme, palette, help, home: state.home }) };
}
