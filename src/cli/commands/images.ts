/** `nacre images`: docker's list of images. */
import { parseFilters, referenceMatches } from '../../engine/filters.ts';
import type { Image } from '../../engine/image.ts';
import type { Context } from '../context.ts';
import { checkFormat, formatRows } from '../docker-format.ts';
import { DONE, UsageError } from '../failure.ts';
import { imageFields, imageRows } from '../image-row.ts';

const CREATED = '{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}';
const TABLE = `{{.Repository}}\t{{.Tag}}\t{{.ID}}\t${CREATED}\t{{.Size}}`;
const TABLE_WITH_DIGESTS = `{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t${CREATED}\t{{.Size}}`;

export async function run(context: Context): Promise<number> {
  const { flags, operands, signal, output } = context;
  const filters = parseFilters([
    ...flags.list('filter'),
    ...operands.map((pattern) => `reference=${pattern}`),
  ]);
  const format = wantedFormat(flags.text('format'), flags.on('digests'));
  const digests = flags.on('digests') || (format?.includes('{{.Digest}}') ?? false);
  const fields = imageFields(Date.now() / 1000, !flags.on('no-trunc'));
  const choice = {
    format,
    quiet: flags.on('quiet'),
    table: flags.on('digests') ? TABLE_WITH_DIGESTS : TABLE,
  };
  // A wrong template is told before the engine is asked.
  checkFormat(fields, choice);
  if (flags.on('json') && format !== undefined)
    throw new UsageError('--json and --format exclude each other');

  const { engine } = await context.connect();
  const listed = await engine.list({ all: flags.on('all'), filters, signal });
  const images = listed.map((image) => onlyMatching(image, filters.reference));
  if (flags.on('json')) {
    await output.json([...new Set(imageRows(images, false).map((row) => row.image))]);
  } else {
    await output.write(formatRows(imageRows(images, digests), fields, choice));
  }
  return DONE;
}

/** `--digests` joins a table of one's own, as docker does it. */
function wantedFormat(format: string | undefined, digests: boolean): string | undefined {
  const own = format?.startsWith('table') && format !== 'table' && digests && !format.includes('{{.Digest}}');
  return own ? `${format}\t{{.Digest}}` : format;
}

/** Of an image found by its name, only the names that were asked for: engines disagree on the others. */
function onlyMatching(image: Image, patterns: readonly string[] | undefined): Image {
  if (patterns === undefined) return image;
  const wanted = (name: string) => patterns.some((pattern) => referenceMatches(pattern, name));
  return { ...image, references: image.references.filter(wanted), digests: image.digests.filter(wanted) };
}
