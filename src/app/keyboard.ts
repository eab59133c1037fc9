/** Bytes of a terminal as single keys, whole pastes and mouse reports, however they were chunked. */

export type InputEvent =
  /** `key` names it (`j`, `G`, `enter`, `ctrl+d`, `shift+tab`, `up`); `text` is what it types, `''` for none. */
  | { readonly type: 'key'; readonly key: string; readonly text: string }
  | { readonly type: 'paste'; readonly text: string }
  /** `x`, `y` from 0 at the top left. */
  | { readonly type: 'mouse'; readonly button: MouseButton; readonly x: number; readonly y: number };

export type MouseButton = 'left' | 'middle' | 'right' | 'wheel-up' | 'wheel-down';

/** A lone escape counts as the key when nothing follows for so long; a sequence split by a slow line arrives sooner. */
const ESCAPE_MS = 40;
const PASTE_START = '\u001b[200~';
const PASTE_END = '\u001b[201~';
const FINAL_KEYS: Record<string, string> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift+tab',
};
const TILDE_KEYS: Record<string, string> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'pgup',
  6: 'pgdn',
  7: 'home',
  8: 'end',
};
const CONTROL_KEYS: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
};
// A multi-character grapheme starts with, or is followed by, one of these.
const JOINED = /[\u0300-\u036f]|\u200d|\ufe0f|[\ud800-\udfff]|[\u1100-\u11ff]/;

export interface Keyboard {
  feed(chunk: Uint8Array | string): void;
  /** Forgets half a sequence, as after a suspension. */
  reset(): void;
}

export function createKeyboard(emit: (event: InputEvent) => void): Keyboard {
  const decoder = new TextDecoder();
  let pending = '';
  let timer: NodeJS.Timeout | undefined;

  function key(name: string, text = ''): void {
    emit({ type: 'key', key: name, text });
  }

  function typed(text: string): void {
    if (!JOINED.test(text)) {
      for (const char of text) key(char === ' ' ? 'space' : char, char);
      return;
    }
    for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
      key(segment === ' ' ? 'space' : segment, segment);
    }
  }

  /** Takes one event off the front of `pending`; false when more bytes are needed. */
  function take(): boolean {
    const first = pending[0]!;
    if (first === '\u001b') return takeEscape();
    if (first < ' ' || first === '\u007f') {
      pending = pending.slice(1);
      const code = first.charCodeAt(0);
      const name =
        CONTROL_KEYS[first] ??
        (code >= 1 && code <= 26 ? `ctrl+${String.fromCharCode(code + 96)}` : undefined);
      if (name !== undefined) key(name);
      return true;
    }
    const end = pending.search(/[\u0000-\u001f\u007f]/);
    const text = end < 0 ? pending : pending.slice(0, end);
    pending = end < 0 ? '' : pending.slice(end);
    typed(text);
    return true;
  }

  function takeEscape(): boolean {
    if (pending.startsWith(PASTE_START)) {
      const end = pending.indexOf(PASTE_END);
      if (end < 0) return leavePaste();
      emit({ type: 'paste', text: pending.slice(PASTE_START.length, end) });
      pending = pending.slice(end + PASTE_END.length);
      return true;
    }
    if (pending.startsWith('\u001b[')) {
      const match = /^\u001b\[([0-?]*)[ -/]*([@-~])/.exec(pending);
      if (match === null) return pending.length > 64 ? drop() : false;
      pending = pending.slice(match[0].length);
      takeSequence(match[1]!, match[2]!);
      return true;
    }
    const application = /^\u001bO([A-DHF])/.exec(pending);
    if (application !== null) {
      pending = pending.slice(3);
      key(FINAL_KEYS[application[1]!]!);
      return true;
    }
    if (pending === '\u001b' || pending === '\u001bO') return false;
    if (pending.startsWith('\u001b\u007f')) {
      pending = pending.slice(2);
      key('alt+backspace');
      return true;
    }
    // Escape and a letter typed fast arrive together; nacre binds no alt-letters, so they are two keys.
    return drop();
  }

  /** A paste whose end got lost would swallow every key: ctrl+c, which no terminal pastes, leaves it. */
  function leavePaste(): boolean {
    const at = pending.indexOf('\u0003');
    if (at < 0) return false;
    pending = pending.slice(at);
    return true;
  }

  function drop(): boolean {
    pending = pending.slice(1);
    key('esc');
    return true;
  }

  function takeSequence(parameters: string, final: string): void {
    if (parameters.startsWith('<') && (final === 'M' || final === 'm')) {
      takeMouse(parameters.slice(1), final);
      return;
    }
    const [number = '', modifier = '1'] = parameters.split(';');
    const name = final === '~' ? TILDE_KEYS[number] : FINAL_KEYS[final];
    if (name === undefined) return;
    const bits = Number(modifier) - 1;
    const prefix = `${bits & 4 ? 'ctrl+' : ''}${bits & 2 ? 'alt+' : ''}${bits & 1 ? 'shift+' : ''}`;
    key(prefix + name);
  }

  function takeMouse(parameters: string, final: string): void {
    const [code = 0, x = 1, y = 1] = parameters.split(';').map(Number);
    const wheel = (code & 64) !== 0;
    const moved = (code & 32) !== 0;
    if (moved || (final === 'm' && !wheel)) return;
    const button = wheel
      ? (['wheel-up', 'wheel-down'] as const)[code & 3]
      : (['left', 'middle', 'right'] as const)[code & 3];
    if (button !== undefined) emit({ type: 'mouse', button, x: x - 1, y: y - 1 });
  }

  function drain(): void {
    while (pending !== '') {
      if (!take()) {
        if (!pending.startsWith(PASTE_START)) timer = setTimeout(expire, ESCAPE_MS);
        return;
      }
    }
  }

  function expire(): void {
    timer = undefined;
    if (pending === '') return;
    drop();
    drain();
  }

  return {
    feed(chunk) {
      clearTimeout(timer);
      pending += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      drain();
    },
    reset() {
      clearTimeout(timer);
      pending = '';
    },
  };
}
