/** What a person would see: the whole window as rows of text, through the real Root. */
import { renderToString } from 'ink';
import type { App } from '../../src/app/app.ts';
import { helpColumns, paletteRows } from '../../src/app/command-index.ts';
import { screenModel } from '../../src/app/screen-model.ts';
import { createTheme } from '../../src/app/theme.ts';
import type { Window } from '../../src/views/box.ts';
import { overlayWindow } from '../../src/views/overlays.ts';
import { Root } from '../../src/views/root.tsx';
import { screenLines } from '../../src/views/screen.ts';

export interface Picture {
  /** The rows of the screen as views make them, and those of the window over it. */
  readonly lines: readonly string[];
  readonly window: Window | undefined;
  /** Both as they come out of Root, without trailing blanks. */
  readonly rows: readonly string[];
}

export function pictureOf(app: App, look: { colour?: boolean; ascii?: boolean } = {}): Picture {
  const theme = createTheme({ colour: look.colour ?? false, ascii: look.ascii ?? false });
  const state = app.store.get();
  const model = screenModel(app, state, theme);
  const { overlay } = state;
  const window =
    overlay === undefined || model.layout.tooSmall
      ? undefined
      : overlayWindow({
          overlay,
          layout: model.layout,
          theme,
          palette: overlay.kind === 'palette' ? paletteRows(app, overlay.field.text) : [],
          help: overlay.kind === 'help' ? helpColumns(app) : [],
        });
  const lines = screenLines(model);
  const drawn = renderToString(<Root rows={state.rows} lines={lines} window={window} />, {
    columns: state.columns,
  });
  return { lines, window, rows: drawn.split('\n') };
}
