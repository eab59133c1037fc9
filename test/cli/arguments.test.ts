import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { COMMANDS, GLOBAL_FLAGS } from '../../src/cli/command-table.ts';
import { commandHelp, overview } from '../../src/cli/help.ts';
import { suggest } from '../../src/cli/suggestion.ts';

const command = (...argv: string[]) => {
  const parsed = parseArguments(argv);
  if (parsed.kind !== 'command') throw new Error(`parsed as ${JSON.stringify(parsed)}`);
  return parsed;
};
const complaint = (...argv: string[]) => {
  const parsed = parseArguments(argv);
  return parsed.kind === 'wrong' ? parsed.message : `no complaint but ${parsed.kind}`;
};

describe('arguments', () => {
  it('starts the app where no command is named', () => {
    expect(parseArguments([])).toEqual({
      kind: 'app',
      options: { embedded: false, readOnly: false, ascii: false, noColor: false },
    });
    expect(
      parseArguments([
        '--read-only',
        '-H',
        'tcp://a:1',
        '--context=c',
        '--ascii',
        '--no-color',
        '--config',
        'f',
      ]),
    ).toEqual({
      kind: 'app',
      options: {
        host: 'tcp://a:1',
        context: 'c',
        config: 'f',
        embedded: false,
        readOnly: true,
        ascii: true,
        noColor: true,
      },
    });
  });

  it('takes flags before, between and after operands in every spelling', () => {
    const parsed = command('-H', 'unix:///s', 'rmi', 'a', '--force', 'b', '--no-prune=true', '--', '-c');
    expect(parsed.operands).toEqual(['a', 'b', '-c']);
    expect(parsed.flags.on('force')).toBe(true);
    expect(parsed.flags.on('no-prune')).toBe(true);
    expect(parsed.options.host).toBe('unix:///s');
  });

  it('leaves alone what stands behind the image of a container', () => {
    const { flags, operands, options } = command(
      ...'run -it -e A=1 app:1 sh -e -- --host x --help'.split(' '),
    );
    expect(operands).toEqual(['app:1', 'sh', '-e', '--', '--host', 'x', '--help']);
    expect([flags.on('interactive'), flags.on('tty'), flags.list('env')]).toEqual([true, true, ['A=1']]);
    expect(options.host).toBeUndefined();
  });

  it('takes letters together, and values attached or apart', () => {
    const { flags } = command(
      'images',
      '-aqf',
      'dangling=true',
      '-flabel=x',
      '-f=since=y',
      '--filter=before=z',
    );
    expect([flags.on('all'), flags.on('quiet')]).toEqual([true, true]);
    expect(flags.list('filter')).toEqual(['dangling=true', 'label=x', 'since=y', 'before=z']);
  });

  it('prefers the flag of a command to the global one of the same letter', () => {
    const history = command('history', '-H=false', 'x');
    expect(history.flags.on('human', true)).toBe(false);
    expect(history.options.host).toBeUndefined();
    expect(command('images', '-H', 'tcp://h').options.host).toBe('tcp://h');
    expect(command('df', '-v').flags.on('verbose')).toBe(true);
  });

  it('shows help for a command asked for either way', () => {
    for (const argv of [
      ['help', 'rmi'],
      ['rmi', '--help'],
      ['rmi', 'x', '-h'],
      ['--help', 'rmi'],
    ]) {
      expect(parseArguments(argv)).toMatchObject({ kind: 'help', command: { name: 'rmi' } });
    }
    expect(parseArguments(['--help'])).toEqual({ kind: 'help', command: undefined });
    expect(parseArguments(['--version']).kind).toBe('version');
    expect(parseArguments(['version']).kind).toBe('version');
  });

  it('shows help in lines of 116 columns at most', () => {
    const lines = [overview(), ...COMMANDS.map(commandHelp)].flatMap((text) => text.split('\n'));
    expect(lines.filter((line) => line.length > 116)).toEqual([]);
  });

  it('says what is wrong and what was probably meant', () => {
    expect(complaint('imgaes')).toBe("unknown command 'imgaes' (did you mean 'images'?)");
    expect(complaint('help', 'zzzz')).toBe("unknown command 'zzzz'");
    expect(complaint('images', '--fromat', 'x')).toBe("unknown flag --fromat (did you mean '--format'?)");
    expect(complaint('images', '-z')).toBe('unknown flag -z');
    expect(complaint('images', '--format')).toBe('--format needs a value: --format TEMPLATE');
    expect(complaint('images', '--all=perhaps')).toBe(
      "--all is a switch: it takes true or false, not 'perhaps'",
    );
    expect(complaint('images', '--constructor')).toBe('unknown flag --constructor');
    expect(complaint('images', 'a', 'b')).toBe("images takes at most 1: [PATTERN], but there is 'b' too");
    expect(complaint('df', 'a')).toBe("df takes no arguments, but there is 'a' too");
    expect(complaint('tag', 'a')).toBe('tag needs SOURCE TARGET');
    expect(complaint('--read-only', '--', 'x')).toBe("unknown command 'x'");
  });

  it('keeps flag names and letters of every command apart', () => {
    for (const { name, flags } of COMMANDS) {
      const names = flags.map((flag) => flag.name);
      const letters = flags.flatMap((flag) => flag.short ?? []);
      expect(new Set(names).size, name).toBe(names.length);
      expect(new Set(letters).size, name).toBe(letters.length);
      const globals = GLOBAL_FLAGS.map((flag) => flag.name);
      expect(
        names.filter((one) => globals.includes(one)),
        name,
      ).toEqual([]);
    }
  });

  it('has --json on every command that tells something', () => {
    const without = COMMANDS.filter(({ flags }) => !flags.some((flag) => flag.name === 'json'));
    // What run prints is another program's.
    expect(without.map(({ name }) => name)).toEqual(['run', 'completion']);
  });

  it('suggests only what is near', () => {
    expect(suggest('hsitory', ['history', 'inspect'])).toBe('history');
    expect(suggest('insp', ['history', 'inspect'])).toBe('inspect');
    expect(suggest('x', ['history', 'inspect'])).toBeUndefined();
  });
});
