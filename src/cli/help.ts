/** Help texts, made from the command table. */
import { COMMANDS, GLOBAL_FLAGS } from './command-table.ts';
import type { CommandSpec, Flag } from './flag.ts';

/** Columns of a line. */
const LONGEST = 116;

export function overview(): string {
  return [
    'nacre: browse, understand, move and remove container images',
    '',
    'Usage:',
    '  nacre [OPTIONS]            open the screen',
    '  nacre [OPTIONS] COMMAND    do it without a screen',
    '',
    'Commands:',
    ...columns([
      ...COMMANDS.map((command) => [command.name, command.summary] as const),
      ['help', 'Show help for a command'],
      ['version', 'Show the version'],
    ]),
    '',
    'Options:',
    ...columns(GLOBAL_FLAGS.map((flag) => [flagLabel(flag), flag.help] as const)),
    '',
    'The engine is what --host, --context, --embedded or --store names; else NACRE_STORE, DOCKER_HOST, DOCKER_CONTEXT,',
    "docker's current context, the usual sockets; where none answers, nacre works without one, on its own store.",
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.',
    '',
    'See nacre COMMAND --help for one command.',
    '',
  ].join('\n');
}

export function commandHelp(command: CommandSpec): string {
  const usage = ['nacre', command.name, command.flags.length > 0 ? '[OPTIONS]' : '', command.operands];
  return [
    command.summary,
    '',
    'Usage:',
    `  ${usage.filter((part) => part !== '').join(' ')}`,
    ...(command.flags.length > 0
      ? ['', 'Options:', ...columns(command.flags.map((flag) => [flagLabel(flag), flag.help] as const))]
      : []),
    ...(command.notes === undefined ? [] : ['', ...command.notes]),
    '',
    'Options of nacre itself (--host, --embedded, --read-only, …) work here too: see nacre --help.',
    '',
  ].join('\n');
}

function flagLabel(flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  return `${short}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  return rows.flatMap(([left, right]) =>
    broken(right, LONGEST - 2 - width).map((text, at) => `  ${(at === 0 ? left : '').padEnd(width)}${text}`),
  );
}

/** A text as lines no longer than this, as far as its words allow. */
function broken(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
