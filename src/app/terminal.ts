/** The terminal nacre was started in: borrowed with all its modes, and given back as it was however nacre ends. */
import { type ContainerTerminal, openContainerTerminal } from '../engine/container-terminal.ts';
import { createKeyboard, type InputEvent } from './keyboard.ts';
import { BELL, createTitle, notification } from './terminal-signals.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?2004h';
const LEAVE = '\u001b[?2004l\u001b[?25h\u001b[?1049l\u001b[0m';
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';

const ENDING = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

export interface Terminal {
  /** Alternate screen, raw keys, paste and mouse reports. Safe to call twice. */
  enter(): void;
  /** Everything back. Safe to call twice, and from an exit handler. */
  leave(): void;
  /** From here on events go to the listener; those that came before are replayed to it. */
  listen(listener: (event: InputEvent) => void): void;
  /** What ends the app when the process is told to end; `code` is its exit code. */
  onSignal(end: (code: number) => void): void;
  /** Gives the terminal back until `body` has ended, then takes it again; for good when `leave` was called meanwhile. */
  lend(body: () => Promise<void>): Promise<void>;
  /** The lent terminal as streams, keys unread by anybody else; `release` leaves it as it was. */
  attach(): ContainerTerminal;
  /** Stops this process until it is continued, with the terminal given back meanwhile. */
  stop(): Promise<void>;
  /** Puts text on the clipboard of the terminal, over ssh too (OSC 52). False when it is too long for that. */
  copy(text: string): boolean;
  /** A desktop notification, where the terminal knows how, or its bell. */
  notify(text: string, how: 'desktop' | 'bell'): void;
  /** The window's title while nacre has the terminal; `''` gives back the one that was there. */
  title(text: string): void;
}

/** Terminals refuse longer OSC 52 payloads, each at its own limit; this is the lowest in use. */
const COPY_LIMIT = 74_000;

export function openTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal {
  let entered = false;
  let isLent = false;
  const titled = createTitle((text) => stdout.write(text));
  const early: InputEvent[] = [];
  let deliver = (event: InputEvent): void => {
    early.push(event);
  };
  const keyboard = createKeyboard((event) => deliver(event));
  const onData = (chunk: Buffer): void => keyboard.feed(chunk);

  function enter(): void {
    if (entered) return;
    entered = true;
    stdout.write(ENTER + MOUSE_ON);
    titled.show();
    stdin.setRawMode(true);
    stdin.on('data', onData);
    stdin.resume();
  }

  function leave(): void {
    isLent = false;
    if (!entered) return;
    entered = false;
    stdin.off('data', onData);
    keyboard.reset();
    // The terminal may be gone (SIGHUP): then there is nothing to give back.
    try {
      stdin.setRawMode(false);
    } catch {}
    try {
      titled.hide();
      stdout.write(MOUSE_OFF + LEAVE);
    } catch {}
    stdin.pause();
  }

  async function lend(body: () => Promise<void>): Promise<void> {
    leave();
    isLent = true;
    try {
      await body();
    } finally {
      if (isLent) enter();
      isLent = false;
    }
  }

  process.on('exit', leave);
  // Until the app takes over, a signal ends the process with the terminal given back.
  let onSignal = (code: number): void => {
    leave();
    process.exit(code);
  };
  for (const [signal, code] of ENDING) process.on(signal, () => onSignal(code));

  return {
    enter,
    leave,
    lend,
    attach: () => openContainerTerminal(stdin, stdout),
    listen(listener) {
      deliver = listener;
      for (const event of early.splice(0)) listener(event);
    },
    onSignal(end) {
      onSignal = end;
    },
    async stop() {
      await lend(async () => {
        const continued = new Promise<void>((resolve) => process.once('SIGCONT', () => resolve()));
        process.kill(process.pid, 'SIGTSTP');
        await continued;
      });
    },
    copy(text) {
      const payload = Buffer.from(text).toString('base64');
      if (payload.length > COPY_LIMIT) return false;
      stdout.write(`\u001b]52;c;${payload}\u0007`);
      return true;
    },
    notify(text, how) {
      if (entered) stdout.write(how === 'bell' ? BELL : notification(text, process.env));
    },
    title(text) {
      titled.set(text);
      if (entered) titled.show();
    },
  };
}
