/** `nacre completion SHELL`: completion scripts made from the command table. */
import { COMMANDS, GLOBAL_FLAGS } from '../command-table.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import type { CommandSpec, Flag } from '../flag.ts';

export async function run(context: Context): Promise<number> {
  const shell = context.operands[0]!;
  const script = SCRIPTS.get(shell);
  if (script === undefined)
    throw new UsageError(`there is no completion for '${shell}', only for ${[...SCRIPTS.keys()].join(', ')}`);
  await context.output.write(script());
  return DONE;
}

const SCRIPTS = new Map([
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
]);

const NAMES = ['help', 'version', ...COMMANDS.map((command) => command.name)];
const IMAGES = `nacre images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -v '<none>'`;

function spellings(flags: readonly Flag[]): string[] {
  return flags.flatMap((flag) => [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]);
}

/** The words of operands such as `bash|zsh|fish`; none where operands are free. */
function choices(command: CommandSpec): string[] {
  return /^[a-z]+(\|[a-z]+)+$/.test(command.operands) ? command.operands.split('|') : [];
}

/** Flags that are followed by a file's name. */
function fileFlags(): string[] {
  const all = [...GLOBAL_FLAGS, ...COMMANDS.flatMap((command) => command.flags)];
  return [...new Set(spellings(all.filter((flag) => isPath(flag.value))))];
}

function isPath(placeholder: string | undefined): boolean {
  return /^(?:FILE|DIR|PATH)\b/.test(placeholder ?? '');
}

function takesImages(command: CommandSpec): boolean {
  return /IMAGE|PATTERN|SOURCE/.test(command.operands);
}

function bash(): string {
  const cases = COMMANDS.map(
    (command) => `    ${command.name}) flags="${spellings(command.flags).join(' ')}";;`,
  );
  const imageCommands = COMMANDS.filter(takesImages).map((command) => command.name);
  const fileCommands = COMMANDS.filter((command) => isPath(command.operands)).map((command) => command.name);
  const choiceCases = COMMANDS.filter((command) => choices(command).length > 0).map(
    (command) =>
      `      ${command.name}) COMPREPLY=($(compgen -W "${choices(command).join(' ')}" -- "$word"));;`,
  );
  return `# bash completion for nacre
_nacre() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="" flags="" part
  for part in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$part" in
      ${COMMANDS.map((command) => command.name).join('|')}) command="$part"; break;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
    ${fileFlags().join('|')}) COMPREPLY=($(compgen -f -- "$word")); return;;
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags ${spellings(GLOBAL_FLAGS).join(' ')}" -- "$word"))
  elif [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W "${NAMES.join(' ')}" -- "$word"))
  else
    case "$command" in
${choiceCases.join('\n')}
      ${fileCommands.join('|')}) COMPREPLY=($(compgen -f -- "$word"));;
      ${imageCommands.join('|')})
        declare -F _get_comp_words_by_ref >/dev/null && _get_comp_words_by_ref -n : -c word
        COMPREPLY=($(compgen -W "$(${IMAGES})" -- "$word"))
        declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$word";;
    esac
  fi
}
complete -F _nacre nacre
`;
}

function zsh(): string {
  return `#compdef nacre
autoload -U +X bashcompinit && bashcompinit
${bash()}`;
}

function fish(): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const flagLine = (condition: string, flag: Flag) =>
    [
      'complete -c nacre',
      condition,
      `-l ${flag.name}`,
      flag.short === undefined ? '' : `-s ${flag.short}`,
      flag.value === undefined ? '' : isPath(flag.value) ? '-r -F' : '-r',
      `-d ${quoted(flag.help)}`,
    ]
      .filter((part) => part !== '')
      .join(' ');
  return [
    '# fish completion for nacre',
    'complete -c nacre -f',
    ...GLOBAL_FLAGS.map((flag) => flagLine('', flag)),
    ...COMMANDS.flatMap((command) => {
      const inside = `-n '__fish_seen_subcommand_from ${command.name}'`;
      return [
        `complete -c nacre -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
        ...command.flags.map((flag) => flagLine(inside, flag)),
        ...(choices(command).length > 0
          ? [`complete -c nacre ${inside} -a '${choices(command).join(' ')}'`]
          : []),
        ...(isPath(command.operands) ? [`complete -c nacre ${inside} -F`] : []),
        ...(takesImages(command) ? [`complete -c nacre ${inside} -a ${quoted(`(${IMAGES})`)}`] : []),
      ];
    }),
    '',
  ].join('\n');
}
