/** `nacre save IMAGE…`: writes images to an archive, in a file or on stdout. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compress } from '../../engine/archive/compression.ts';
import { saveToFile } from '../../engine/archive/save-file.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { follow } from '../progress/follow.ts';
import { wantedPlatform } from '../wanted-platform.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, signal, output } = context;
  const file = flags.text('output');
  const compression = wantedCompression(flags.text('compress'));
  const platform = wantedPlatform(flags);
  if (file === '') throw new UsageError('--output needs the name of a file');
  if (file === undefined && io.stdout.isTTY)
    throw new UsageError('an archive is nothing for a terminal: give -o FILE, or send stdout elsewhere');
  if (file === undefined && flags.on('json'))
    throw new UsageError('--json needs -o FILE, because the archive itself goes to stdout');
  const { engine } = await context.connect();
  if (file === undefined) {
    const { sink, written } = archiveSink(output.sink(), compression);
    await follow(context, engine.save(operands, sink, { signal, ...platform }));
    await written;
    return DONE;
  }
  const overwrite = flags.on('force');
  const result = await follow(
    context,
    saveToFile(engine, operands, file, { compression, overwrite, signal, ...platform }),
  );
  if (flags.on('json')) await output.jsonLine({ type: 'result', ...result });
  return DONE;
}

type Kind = 'none' | 'gzip' | 'zstd';
const KINDS: readonly Kind[] = ['none', 'gzip', 'zstd'];

function wantedCompression(text = 'none'): Kind {
  const kind = KINDS.find((each) => each === text);
  if (kind === undefined) throw new UsageError(`--compress takes gzip, zstd or none, not '${text}'`);
  return kind;
}

/** Where to write an archive, and when all of it, compressed, has reached `target`. */
function archiveSink(
  target: Writable,
  kind: Kind,
): { readonly sink: Writable; readonly written: Promise<void> } {
  if (kind === 'none') return { sink: target, written: Promise.resolve() };
  const sink = compress(kind);
  const written = pipeline(sink, target);
  // Whoever writes hears of the failure as well, and tells it.
  written.catch(() => {});
  return { sink, written };
}
