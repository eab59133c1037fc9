/** `nacre pins`: every pin, who set it and what it holds now. */
import { type Held, heldBy, heldNames, volumesHeldBy } from '../../engine/cleanup/held.ts';
import { pinTexts } from '../../engine/cleanup/pin-file.ts';
import { VOLUME_PIN } from '../../engine/cleanup/pins.ts';
import { asEngineError, type EngineError } from '../../engine/errors.ts';
import type { Context } from '../context.ts';
import { DONE } from '../failure.ts';
import { knownPins } from '../known-pins.ts';
import { some } from '../plan-report.ts';
import { alignTabs } from '../tab-table.ts';

interface PinRow {
  readonly pin: string;
  readonly from: 'settings' | 'nacre';
  /** Undefined where no engine told. */
  readonly holds: readonly Held[] | undefined;
}

export async function run(context: Context): Promise<number> {
  const { flags, io, output, complain } = context;
  const { settings, kept } = await knownPins(context);
  const pins = [
    ...pinTexts(settings).map((pin) => ({ pin, from: 'settings' as const })),
    ...pinTexts(kept).map((pin) => ({ pin, from: 'nacre' as const })),
  ];
  let failed: EngineError | undefined;
  const holds = await reader(
    context,
    pins.map(({ pin }) => pin),
  ).catch((thrown: unknown) => {
    failed = asEngineError(thrown);
    return () => undefined;
  });
  const rows: PinRow[] = pins.map((row) => ({ ...row, holds: holds(row.pin) }));
  if (flags.on('json')) {
    await output.json(rows.map(({ holds: held, ...row }) => ({ ...row, holds: held ?? null })));
  } else if (rows.length > 0) {
    const lines = rows.map(({ pin, from, holds: held }) => `${pin}\t${from}\t${heldText(held)}`);
    await output.write(alignTabs(['PIN\tSET BY\tHOLDS', ...lines, ''].join('\n')));
  } else io.stderr.write('Nothing is pinned: nacre pin NAME keeps an image from every clean-up.\n');
  // What is pinned is known without an engine, too.
  if (failed !== undefined) complain(`what pins hold is not known: ${failed.message}`, failed.hint);
  return DONE;
}

/** Tells what a pin holds. */
async function reader(context: Context, pins: readonly string[]): Promise<(pin: string) => readonly Held[]> {
  const { engine } = await context.connect();
  const { signal } = context;
  const canHoldVolumes = pins.some((pin) => pin.startsWith(VOLUME_PIN) || pin.startsWith('label='));
  const [images, volumes] = await Promise.all([
    engine.list({ all: true, signal }),
    canHoldVolumes ? engine.volumes?.list({ signal }) : [],
  ]);
  const known = images.filter((image) => image.role !== 'intermediate');
  return (pin) => [...heldBy(pin, known, engine.info.kind), ...volumesHeldBy(pin, volumes ?? [])];
}

function heldText(held: readonly Held[] | undefined): string {
  if (held === undefined) return '?';
  return held.length === 0 ? 'nothing now' : some(heldNames(held));
}
