/** What a person would see: the whole window as rows of text, through the real Root. */
import { renderToString } from 'ink';
import type { App } from '../../src/app/app.ts';
import { createTheme } from '../../src/app/theme.ts';
import { type Picture as Drawn, pictureOf as drawnOf } from '../../src/views/picture.ts';
import { Root } from '../../src/views/root.tsx';

export interface Picture extends Drawn {
  /** Both as they come out of Root, without trailing blanks. */
  readonly rows: readonly string[];
}

export function pictureOf(app: App, look: { colour?: boolean; ascii?: boolean } = {}): Picture {
  const theme = createTheme({ colour: look.colour ?? false, ascii: look.ascii ?? false });
  const state = app.store.get();
  const { lines, window } = drawnOf(app, state, theme);
  const drawn = renderToString(<Root rows={state.rows} lines={lines} window={window} />, {
    columns: state.columns,
  });
  return { lines, window, rows: drawn.split('\n') };
}
