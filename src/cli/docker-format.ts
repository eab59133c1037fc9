/** Docker's `--format`: a table with headings, a table of one's own, JSON lines, or a bare template for each row. */
import { UsageError } from './failure.ts';
import { alignTabs } from './tab-table.ts';
import { HEADING_FUNCTIONS } from './template/functions.ts';
import { type FieldLookup, plainLookup, Template } from './template/template.ts';
import { SelfMarshalled } from './template/value.ts';

/** What `.Name` can be: its table heading, and its text for a row. */
export type Fields<Row> = Readonly<
  Record<string, { readonly heading: string; readonly of: (row: Row) => string }>
>;

export interface FormatChoice {
  /** As the person gave it; undefined for the plain table. */
  readonly format: string | undefined;
  readonly quiet: boolean;
  /** The template of the plain table, without the word `table`. */
  readonly table: string;
}

/** Every row through the chosen format. Errors: UsageError for a bad template or an unknown field. */
export function formatRows<Row>(rows: readonly Row[], fields: Fields<Row>, choice: FormatChoice): string {
  const { table, body } = interpret(choice);
  const template = new Template(body);
  // Looked at first, so that a wrong field fails on an empty list too.
  const unknown = template.fieldsOfData().find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) {
    const known = Object.keys(fields).map((name) => `.${name}`);
    throw new UsageError(`--format: there is no field .${unknown} (there are ${known.join(' ')})`);
  }
  const lookup: FieldLookup = (value, name) => {
    if (value instanceof RowValue) return fields[name]!.of(value.row);
    return value === HEADING ? fields[name]!.heading : plainLookup(value, name);
  };
  const lines = rows.map((row) => template.execute(new RowValue(row, fields), undefined, lookup));
  if (!table) return lines.map((line) => `${line}\n`).join('');
  const heading = template.execute(HEADING, HEADING_FUNCTIONS, lookup);
  return alignTabs([heading, ...lines, ''].join('\n'));
}

/** Says what is wrong with a format before the engine is asked. Errors: UsageError. */
export function checkFormat<Row>(fields: Fields<Row>, choice: FormatChoice): void {
  formatRows([], fields, choice);
}

const HEADING = Object.freeze({});

class RowValue<Row> extends SelfMarshalled {
  readonly row: Row;
  readonly #fields: Fields<Row>;

  constructor(row: Row, fields: Fields<Row>) {
    super();
    this.row = row;
    this.#fields = fields;
  }

  /** `{{json .}}`: every field as text, keys sorted. */
  override toJSON(): Record<string, string> {
    const names = Object.keys(this.#fields).sort();
    return Object.fromEntries(names.map((name) => [name, this.#fields[name]!.of(this.row)]));
  }
}

function interpret(choice: FormatChoice): { table: boolean; body: string } {
  const format = choice.format === '' ? undefined : choice.format;
  if (format === undefined || format === 'table') {
    return choice.quiet ? { table: false, body: '{{.ID}}' } : { table: true, body: choice.table };
  }
  if (format === 'json') return { table: false, body: '{{json .}}' };
  const table = format.startsWith('table');
  const body = (table ? format.slice('table'.length) : format).replace(/^ +| +$/g, '');
  return { table, body: body.replaceAll('\\t', '\t').replaceAll('\\n', '\n') };
}
