/** What a container of `nacre run` reads from and writes to. */
import { Writable } from 'node:stream';
import type { ContainerStreams } from '../engine/container.ts';
import { openContainerTerminal } from '../engine/container-terminal.ts';
import type { Io, TerminalStream } from './context.ts';

export interface RunStreams {
  readonly streams: ContainerStreams;
  /** Everything is the process's own again. Safe to call twice. */
  release(): void;
}

/** With input and a terminal, keys go to the container one by one from here on. */
export function openRunStreams(
  { stdin, stdout, stderr }: Io,
  wants: { readonly input: boolean; readonly tty: boolean },
): RunStreams {
  if (wants.input && wants.tty && stdin.isTTY) {
    const { streams, release } = openContainerTerminal(stdin, stdout as NodeJS.WriteStream);
    return stdout.isTTY ? { streams, release } : { streams: withoutTerminal(streams), release };
  }
  const streams = {
    input: wants.input ? stdin : undefined,
    output: sink(stdout),
    errors: sink(stderr),
    ...(wants.tty && stdout.isTTY && { terminal: sizeOf(stdout) }),
  };
  return { streams, release() {} };
}

function withoutTerminal({ input, output, errors }: ContainerStreams): ContainerStreams {
  return { input, output, errors };
}

/** The stream outlives what is written to it, and its failure is a matter of the one write. */
function sink(stream: TerminalStream): Writable {
  stream.on('error', () => {});
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void stream.write(chunk, (error) => done(error)),
  });
}

function sizeOf(stdout: TerminalStream): NonNullable<ContainerStreams['terminal']> {
  return {
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
    listen(onChange) {
      stdout.on('resize', onChange);
      return () => void stdout.off('resize', onChange);
    },
  };
}
