/** What a terminal shows outside of its screen: a desktop notification, and the title of its window. */
import { line } from '../engine/text.ts';

export const BELL = '\u0007';

const LONGEST = 200;

/**
 * Source: OSC 9 of iTerm2, which WezTerm, kitty, foot, Ghostty and ConEmu follow, or OSC 777 of rxvt, which the
 * terminals made of VTE know. tmux passes either on where `allow-passthrough` is set.
 */
export function notification(text: string, env: NodeJS.ProcessEnv): string {
  const said = safe(text);
  const isVte = env['VTE_VERSION'] !== undefined || /^rxvt/.test(env['TERM'] ?? '');
  // A semicolon would end the field of OSC 777, and a number in front of one means something else to OSC 9.
  const body = said.replaceAll(';', ',');
  const sequence = isVte ? `\u001b]777;notify;nacre;${body}\u0007` : `\u001b]9;${body}\u0007`;
  return env['TMUX'] ? `\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\` : sequence;
}

export interface Title {
  set(text: string): void;
  /** Writes what is set; with the first title the one before it is put by. */
  show(): void;
  /** Brings back the title that was there before. */
  hide(): void;
}

/** Source: xterm's window operations 22 and 23, and OSC 2; a terminal without them only loses its title. */
export function createTitle(write: (text: string) => void): Title {
  let wanted = '';
  let shown = '';
  const title: Title = {
    set(text) {
      wanted = safe(text);
    },
    show() {
      if (wanted === shown) return;
      if (wanted === '') {
        title.hide();
        return;
      }
      write(`${shown === '' ? '\u001b[22;2t' : ''}\u001b]2;${wanted}\u0007`);
      shown = wanted;
    },
    hide() {
      if (shown === '') return;
      write('\u001b]2;\u0007\u001b[23;2t');
      shown = '';
    },
  };
  return title;
}

function safe(text: string): string {
  return [...line(text)].slice(0, LONGEST).join('');
}
