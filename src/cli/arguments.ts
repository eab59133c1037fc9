/** From argv to what to do. Light on purpose: the app's start pays for it. */
import { COMMANDS, findCommand, GLOBAL_FLAGS } from './command-table.ts';
import { type CommandSpec, type Flag, FlagValues } from './flag.ts';
import { suggest } from './suggestion.ts';

export interface GlobalOptions {
  readonly host?: string;
  readonly context?: string;
  readonly embedded: boolean;
  readonly store?: string;
  readonly config?: string;
  readonly readOnly: boolean;
  readonly ascii: boolean;
  readonly noColor: boolean;
}

export type Parsed =
  | { readonly kind: 'app'; readonly options: GlobalOptions }
  | {
      readonly kind: 'command';
      readonly command: CommandSpec;
      readonly options: GlobalOptions;
      readonly flags: FlagValues;
      readonly operands: readonly string[];
    }
  | { readonly kind: 'help'; readonly command: CommandSpec | undefined }
  | { readonly kind: 'version' }
  /** Wrong usage: what is wrong, and the command whose help tells more. */
  | { readonly kind: 'wrong'; readonly message: string; readonly command: string };

/**
 * Flags may stand before and after operands, as `--name value`, `--name=value`, `-n value`, `-nvalue` and `-abc`;
 * `--` ends them, and for a command that runs another one its first operand. A command's own flag goes before a global one of the same letter (`history -H`).
 */
export function parseArguments(argv: readonly string[]): Parsed {
  const values = new FlagValues();
  const globals = new FlagValues();
  const operands: string[] = [];
  let command: CommandSpec | undefined;
  let asked = false;
  const wrong = (message: string): Parsed => ({ kind: 'wrong', message, command: command?.name ?? '' });

  const queue = [...argv];
  let open = true;
  while (queue.length > 0) {
    const word = queue.shift()!;
    if (open && word === '--') {
      open = false;
    } else if (open && word.startsWith('--')) {
      const cut = word.indexOf('=');
      const name = word.slice(2, cut < 0 ? undefined : cut);
      const problem = take(name, (flag) => flag.name === name, cut < 0 ? undefined : word.slice(cut + 1));
      if (problem !== undefined) return wrong(problem);
    } else if (open && word.startsWith('-') && word !== '-') {
      const problem = takeLetters(word.slice(1));
      if (problem !== undefined) return wrong(problem);
    } else if (command === undefined && !asked && open) {
      if (word === 'help') {
        asked = true;
        continue;
      }
      if (word === 'version') return { kind: 'version' };
      command = findCommand(word);
      if (command === undefined) return wrong(unknownCommand(word));
    } else if (asked && command === undefined) {
      command = findCommand(word);
      if (command === undefined) return wrong(unknownCommand(word));
    } else {
      operands.push(word);
      if (command?.passesOn) open = false;
    }
  }

  if (asked || globals.on('help')) return { kind: 'help', command };
  if (globals.on('version')) return { kind: 'version' };
  const options = globalOptions(globals);
  if (command === undefined) {
    return operands.length > 0 ? wrong(unknownCommand(operands[0]!)) : { kind: 'app', options };
  }
  const problem = countProblem(command, operands);
  return problem === undefined
    ? { kind: 'command', command, options, flags: values, operands }
    : wrong(problem);

  function take(
    shown: string,
    matches: (flag: Flag) => boolean,
    attached: string | undefined,
  ): string | undefined {
    const own = command?.flags.find(matches);
    const flag = own ?? GLOBAL_FLAGS.find(matches);
    if (flag === undefined) return unknownFlag(shown, command);
    const into = own === undefined ? globals : values;
    if (flag.value === undefined) {
      const on = attached === undefined ? true : BOOLEANS.get(attached.toLowerCase());
      if (on === undefined) return `--${flag.name} is a switch: it takes true or false, not '${attached}'`;
      into.add(flag.name, on);
      return undefined;
    }
    const value = attached ?? queue.shift();
    if (value === undefined) return `--${flag.name} needs a value: --${flag.name} ${flag.value}`;
    into.add(flag.name, value);
    return undefined;
  }

  function takeLetters(letters: string): string | undefined {
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]!;
      const matches = (flag: Flag) => flag.short === letter;
      const flag = command?.flags.find(matches) ?? GLOBAL_FLAGS.find(matches);
      const rest = letters.slice(at + 1);
      const ends = rest.startsWith('=') || (flag?.value !== undefined && rest !== '');
      const problem = take(letter, matches, ends ? rest.replace(/^=/, '') : undefined);
      if (problem !== undefined || ends) return problem;
    }
    return undefined;
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
]);

function globalOptions(globals: FlagValues): GlobalOptions {
  const host = globals.text('host');
  const context = globals.text('context');
  const store = globals.text('store');
  const config = globals.text('config');
  return {
    ...(host === undefined ? {} : { host }),
    ...(context === undefined ? {} : { context }),
    ...(store === undefined ? {} : { store }),
    ...(config === undefined ? {} : { config }),
    embedded: globals.on('embedded'),
    readOnly: globals.on('read-only'),
    ascii: globals.on('ascii'),
    noColor: globals.on('no-color'),
  };
}

function countProblem(command: CommandSpec, operands: readonly string[]): string | undefined {
  if (operands.length < command.least) {
    return `${command.name} needs ${command.operands}`;
  }
  if (operands.length > command.most) {
    const wants = command.most === 0 ? 'no arguments' : `at most ${command.most}: ${command.operands}`;
    return `${command.name} takes ${wants}, but there is '${operands[command.most]}' too`;
  }
  return undefined;
}

function unknownCommand(word: string): string {
  const names = [...COMMANDS.map((command) => command.name), 'help', 'version'];
  return `unknown command '${word}'${didYouMean(suggest(word, names))}`;
}

function unknownFlag(shown: string, command: CommandSpec | undefined): string {
  const flags = [...(command?.flags ?? []), ...GLOBAL_FLAGS];
  if (shown.length === 1) return `unknown flag -${shown}`;
  const near = suggest(
    shown,
    flags.map((flag) => flag.name),
  );
  return `unknown flag --${shown}${didYouMean(near === undefined ? undefined : `--${near}`)}`;
}

function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : ` (did you mean '${near}'?)`;
}
