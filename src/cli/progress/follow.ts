/** Runs something long to its end and shows how it goes, in the way the flags and the terminal ask for. */
import type { Transfer } from '../../engine/transfer.ts';
import type { Context } from '../context.ts';
import { EventView } from './event-view.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';
import type { ProgressView } from './view.ts';

/** Rejects as the transfer does. `quiet` leaves only warnings. */
export function follow<Result>(context: Context, transfer: Transfer<Result>): Promise<Result> {
  return showAll(transfer, viewFor(context));
}

/** Its result, after every event has been shown. Rejects as `events` do. */
export async function showAll<Event, Result>(
  events: AsyncGenerator<Event, Result, void>,
  view: ProgressView<Event>,
): Promise<Result> {
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
      await view.show(next.value);
    }
  } finally {
    view.end();
  }
}

export function viewFor({ flags, io, output }: Context): ProgressView {
  if (flags.on('json')) return new EventView(output);
  const { stderr } = io;
  const isLive = stderr.isTTY === true && io.env['TERM'] !== 'dumb' && !flags.on('quiet');
  return isLive ? new LiveView(stderr) : new PlainView(stderr, { onlyWarnings: flags.on('quiet') });
}
