/**
 * Writes docs/KEYS.md from the command table, so that it cannot tell anything else than the app does.
 *
 *   node scripts/keys.ts [--check] [FILE]    FILE is docs/KEYS.md by default
 *
 * With --check nothing is written: exit 1 and one line on stderr when FILE is not what would be written.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { keysOf, SCOPE_TITLES } from '../src/app/command-index.ts';
import { COMMANDS, type Command, type Scope } from '../src/app/commands.ts';
import { fit as padded, width } from '../src/app/width.ts';

const HEAD = `# Keys

<!-- Written by \`npm run keys\` from the table in src/app/commands.ts: change that, not this file. -->

Each section is heard where its title says; **Always** everywhere, **Anywhere** wherever no dialog or text field is
open, **Moving** in every list. While a dialog or a text field is open it hears its own keys, and nothing else does.
In the app, \`?\` shows the keys of where you are and \`:\` finds any command by name.

\`ctrl+c\` ends nacre at once. No single key deletes anything: \`d\`, \`x\` and \`X\` open a plan, and the plan asks.

To use other keys, name the command in \`$XDG_CONFIG_HOME/nacre/config.toml\` (\`~/.config/nacre/config.toml\`). The
list replaces the command's own keys, and an empty list takes them away. Arrows are written \`up\`, \`down\`, \`left\`
and \`right\`. Where two commands would answer to one key, nacre names them and does not start.

\`\`\`toml
[keys]
"images.delete" = ["D"]
"app.quit" = ["Q"]
\`\`\`
`;

/** How a heading explains a scope whose title alone does not. */
const WHERE: Partial<Record<Scope, string>> = {
  always: 'Even while a dialog is open.',
  anywhere: 'On every screen and on the page of an image.',
  list: 'In the lists of the screens Images, Layers and Jobs.',
  images: 'On screen 1.',
  layers: 'On screen 2.',
  disk: 'On screen 3.',
  jobs: 'On screen 4.',
  page: 'On the page of one image.',
  log: "On the page of a job's log.",
  containers: 'In the list of containers.',
  changes: 'On the page of what has changed in a container.',
  files: 'On the page of the files in an image.',
  field: 'While the filter or the search is being typed.',
  plan: 'While a plan is shown.',
  prompt: 'While something is asked for: a name, a file, a login.',
  choice: 'While one of several is asked for.',
  ending: 'While it is asked what becomes of a throwaway container.',
  palette: 'While commands are searched by name.',
  help: 'While the help is shown.',
  error: 'While an error is shown in full.',
  engines: 'While an engine is being picked.',
};

function keysPage(commands: readonly Command[]): string {
  const sections = (Object.keys(SCOPE_TITLES) as Scope[]).flatMap((scope) => {
    const own = commands.filter((command) => command.scope === scope);
    return own.length === 0 ? [] : [section(scope, own)];
  });
  return [HEAD, ...sections].join('\n').trimEnd().concat('\n');
}

function section(scope: Scope, commands: readonly Command[]): string {
  const where = WHERE[scope];
  const rows = commands.map((command) => [
    keysOf(command)
      .split(' ')
      .filter((key) => key !== '')
      .map(code)
      .join(' '),
    command.title.replaceAll('|', '\\|'),
    effect(command),
    code(command.id),
  ]);
  return [
    `## ${SCOPE_TITLES[scope]}`,
    '',
    ...(where === undefined ? [] : [where, '']),
    ...table(['Keys', 'What it does', 'Effect', 'Command'], rows),
    '',
  ].join('\n');
}

function effect(command: Command): string {
  const parts = [
    ...(command.changes === true ? ['changes images'] : []),
    ...(command.needs === undefined ? [] : [`needs ${command.needs}`]),
  ];
  return parts.join(', ');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** Columns that say nothing are left out; the others are as wide as their widest cell, as the formatter wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const used = head.flatMap((_, column) => (rows.some((row) => row[column] !== '') ? [column] : []));
  const widths = head.map((title, column) =>
    Math.max(width(title), ...rows.map((row) => width(row[column]!))),
  );
  const line = (cells: readonly string[]) =>
    `| ${used.map((column) => padded(cells[column]!, widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((cells) => '-'.repeat(cells))), ...rows.map(line)];
}

const options = process.argv.slice(2);
const named = options.find((option) => option !== '--check');
const file = named ?? fileURLToPath(new URL('../docs/KEYS.md', import.meta.url));
const page = keysPage(COMMANDS);
if (!options.includes('--check')) await writeFile(file, page);
else if ((await readFile(file, 'utf8').catch(() => '')) !== page) {
  console.error(`${named ?? 'docs/KEYS.md'} is not what the command table says: run npm run keys`);
  process.exitCode = 1;
}
