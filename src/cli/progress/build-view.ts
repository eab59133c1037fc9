/** How a build is shown while it runs: in place on a terminal, else in lines that stay, or as events. */
import type { BuildEvent } from '../../engine/build.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../failure.ts';
import type { BuildMemory } from './build-memory.ts';
import { EventView } from './event-view.ts';
import { LiveBuildView } from './live-build-view.ts';
import { paintFor } from './paint.ts';
import { PlainBuildView } from './plain-build-view.ts';
import type { ProgressView } from './view.ts';

export interface BuildView extends ProgressView<BuildEvent> {
  /** The person has asked it to stop, and the engine is being told. */
  stopping(): void;
}

/** `none`: with `--quiet`. */
export type BuildViewKind = 'events' | 'none' | 'plain' | 'live';

/** What the flags and the terminal ask for. Errors: UsageError. */
export function wantedView({ flags, io }: Context): BuildViewKind {
  const wanted = flags.text('progress') ?? 'auto';
  if (!['auto', 'plain', 'tty'].includes(wanted))
    throw new UsageError(`--progress takes auto, plain or tty, not '${wanted}'`);
  const canMove = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
  if (wanted === 'tty' && !canMove)
    throw new UsageError('--progress tty needs a terminal on stderr: leave it out, or take plain');
  if (flags.on('json')) return 'events';
  if (flags.on('quiet')) return 'none';
  return canMove && wanted !== 'plain' ? 'live' : 'plain';
}

/** Undefined where nothing is shown. */
export function openView(kind: BuildViewKind, context: Context, memory: BuildMemory): BuildView | undefined {
  const { stderr } = context.io;
  if (kind === 'events') return new BuildEvents(context.output);
  if (kind === 'live') return new LiveBuildView(stderr, memory, paintFor(context));
  return kind === 'plain' ? new PlainBuildView(stderr) : undefined;
}

class BuildEvents extends EventView implements BuildView {
  stopping(): void {}
}
