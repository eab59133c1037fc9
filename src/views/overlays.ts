/** Which window stands over the screen. */
import type { HelpColumn, PaletteRow } from '../app/command-index.ts';
import type { Layout } from '../app/layout.ts';
import type { Overlay } from '../app/overlay.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import type { Window } from './box.ts';
import { choiceWindow } from './windows/choice-window.ts';
import { endingWindow } from './windows/ending-window.ts';
import { enginesWindow } from './windows/engines-window.ts';
import { errorWindow } from './windows/error-window.ts';
import { helpWindow } from './windows/help-window.ts';
import { paletteWindow } from './windows/palette-window.ts';
import { planWindow } from './windows/plan-window.ts';
import { promptWindow } from './windows/prompt-window.ts';
import { restoreWindow } from './windows/restore-window.ts';

export interface OverlayInput {
  readonly overlay: Overlay;
  readonly state: AppState;
  readonly layout: Layout;
  readonly theme: Theme;
  readonly palette: readonly PaletteRow[];
  readonly help: readonly HelpColumn[];
  /** The person's home folder. */
  readonly home: string;
}

export function overlayWindow(input: OverlayInput): Window {
  const { overlay, layout, theme } = input;
  switch (overlay.kind) {
    case 'plan':
      return planWindow(overlay.dialog, layout, theme);
    case 'prompt':
      return promptWindow(overlay.prompt, layout, theme);
    case 'choice':
      return choiceWindow(overlay.choice, layout, theme);
    case 'ending':
      return endingWindow(input.state, overlay.index, layout, theme);
    case 'restore':
      return restoreWindow(overlay.question, input.state.now, layout, theme);
    case 'palette':
      return paletteWindow(overlay.field, overlay.index, input.palette, layout, theme);
    case 'help':
      return helpWindow(overlay.top, input.help, layout, theme);
    case 'error':
      return errorWindow(overlay.error, overlay.top, layout, theme);
    case 'engines':
      return enginesWindow(overlay.options, overlay.index, input.home, layout, theme);
  }
}
