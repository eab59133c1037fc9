/** The person's terminal as what a container reads from and writes to. */
import { PassThrough, Writable } from 'node:stream';
import type { ContainerStreams } from './container.ts';

export interface ContainerTerminal {
  readonly streams: ContainerStreams;
  /** Keys are lines again and nobody reads them; safe to call twice, and called when the process exits. */
  release(): void;
}

type Keys = Pick<NodeJS.ReadStream, 'pipe' | 'unpipe' | 'pause' | 'setRawMode'>;
type Sheet = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows' | 'on' | 'off'>;

/**
 * What a program that was cut off may have left on: application keys, mouse and focus reports, pasting in brackets,
 * a hidden cursor, no wrapping, inserting, another character set, a part of the screen that scrolls alone, the other
 * screen. Source: xterm, "Control Sequences".
 */
const PLAIN_AGAIN =
  '\u001b[?1l\u001b>\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1004l\u001b[?1006l\u001b[?2004l' +
  '\u001b[?7h\u001b[4l\u001b(B\u000f\u001b[?47l\u001b7\u001b[r\u001b8\u001b[?25h\u001b[0m';

/** Key by key from now on, ctrl+c and the like included. */
export function openContainerTerminal(stdin: Keys, stdout: Sheet): ContainerTerminal {
  const input = new PassThrough();
  // The terminal outlives what is written to it.
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => void stdout.write(chunk, done),
  });
  let isOpen = true;
  function release(): void {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', release);
    stdin.unpipe(input);
    stdin.pause();
    input.destroy();
    // The terminal may be gone: then there is nothing to set right.
    try {
      if (stdout.isTTY) stdout.write(PLAIN_AGAIN);
      stdin.setRawMode(false);
    } catch {}
  }
  process.on('exit', release);
  stdin.setRawMode(true);
  stdin.pipe(input, { end: false });
  return {
    streams: {
      input,
      output,
      errors: output,
      terminal: {
        size: () => ({ columns: stdout.columns, rows: stdout.rows }),
        listen(onChange) {
          stdout.on('resize', onChange);
          return () => void stdout.off('resize', onChange);
        },
      },
    },
    release,
  };
}
