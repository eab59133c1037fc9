import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyboard, type InputEvent } from '../../src/app/keyboard.ts';
import { Random } from './ink/random.ts';

let events: InputEvent[];
let keyboard: ReturnType<typeof createKeyboard>;

beforeEach(() => {
  vi.useFakeTimers();
  events = [];
  keyboard = createKeyboard((event) => events.push(event));
});
afterEach(() => {
  vi.useRealTimers();
});

const keys = (): string[] => events.map((event) => (event.type === 'key' ? event.key : event.type));

describe('keys', () => {
  test.each<[string, string[]]>([
    ['jjj', ['j', 'j', 'j']],
    ['gG', ['g', 'G']],
    [' ', ['space']],
    ['j\r', ['j', 'enter']],
    ['\n', ['enter']],
    ['\t\t', ['tab', 'tab']],
    ['\u001b[Z', ['shift+tab']],
    ['\u007f\b', ['backspace', 'backspace']],
    ['\u0004\u0015\u001a', ['ctrl+d', 'ctrl+u', 'ctrl+z']],
    ['\u001b[A\u001b[B\u001b[C\u001b[D', ['up', 'down', 'right', 'left']],
    ['\u001bOA\u001bOB\u001bOH\u001bOF', ['up', 'down', 'home', 'end']],
    ['\u001b[5~\u001b[6~\u001b[3~', ['pgup', 'pgdn', 'delete']],
    ['\u001b[1~\u001b[4~\u001b[7~\u001b[8~\u001b[H\u001b[F', ['home', 'end', 'home', 'end', 'home', 'end']],
    ['\u001b[1;5C\u001b[1;2A\u001b[1;3D', ['ctrl+right', 'shift+up', 'alt+left']],
    ['\u001b\u007f', ['alt+backspace']],
    ['漢字', ['漢', '字']],
    ['👩‍💻🇯🇵👍🏽', ['👩‍💻', '🇯🇵', '👍🏽']],
    ['e\u0301a', ['e\u0301', 'a']],
    ['\u001b[15~\u001b[24~', []],
    ['\u001b[?62;c', []],
    ['\u0000\u001c', []],
  ])('%j is %j', (bytes, expected) => {
    keyboard.feed(bytes);
    expect(keys()).toEqual(expected);
    vi.runAllTimers();
    expect(keys()).toEqual(expected);
  });

  test('a key types its text, a named one none but the blank', () => {
    keyboard.feed('a é\r');
    expect(events).toEqual([
      { type: 'key', key: 'a', text: 'a' },
      { type: 'key', key: 'space', text: ' ' },
      { type: 'key', key: 'é', text: 'é' },
      { type: 'key', key: 'enter', text: '' },
    ]);
  });

  test('a lone escape is the key once nothing follows', () => {
    keyboard.feed('\u001b');
    expect(keys()).toEqual([]);
    vi.runAllTimers();
    expect(keys()).toEqual(['esc']);
  });

  test('escape and a letter in one chunk are two keys', () => {
    keyboard.feed('\u001bj');
    expect(keys()).toEqual(['esc', 'j']);
    keyboard.feed('\u001b\u001b');
    vi.runAllTimers();
    expect(keys()).toEqual(['esc', 'j', 'esc', 'esc']);
  });

  test('half a sequence that never ends loses no key typed after it', () => {
    keyboard.feed('\u001b[');
    vi.runAllTimers();
    keyboard.feed('j');
    expect(keys().at(-1)).toBe('j');
    expect(keys()).toContain('esc');
  });

  test('reset forgets half a sequence', () => {
    keyboard.feed('\u001b[');
    keyboard.reset();
    keyboard.feed('A');
    vi.runAllTimers();
    expect(keys()).toEqual(['A']);
  });
});

describe('pastes', () => {
  test('arrive whole, whatever they contain', () => {
    const text = 'q\u001b[A\r\nd:y 漢字';
    keyboard.feed(`j\u001b[200~${text}\u001b[201~k`);
    expect(events).toEqual([
      { type: 'key', key: 'j', text: 'j' },
      { type: 'paste', text },
      { type: 'key', key: 'k', text: 'k' },
    ]);
  });

  test('whose end got lost are left with ctrl+c', () => {
    keyboard.feed('\u001b[200~half');
    keyboard.feed('jk');
    expect(events).toEqual([]);
    keyboard.feed('\u0003');
    expect(events).toEqual([{ type: 'key', key: 'ctrl+c', text: '' }]);
  });

  test('are waited for, however slow the line is', () => {
    keyboard.feed('\u001b[200~first');
    vi.advanceTimersByTime(60_000);
    keyboard.feed(' second\u001b[20');
    vi.advanceTimersByTime(60_000);
    expect(events).toEqual([]);
    keyboard.feed('1~');
    expect(events).toEqual([{ type: 'paste', text: 'first second' }]);
  });
});

describe('the mouse', () => {
  test.each<[string, object | undefined]>([
    ['\u001b[<0;1;1M', { type: 'mouse', button: 'left', x: 0, y: 0 }],
    ['\u001b[<2;120;36M', { type: 'mouse', button: 'right', x: 119, y: 35 }],
    ['\u001b[<1;500;300M', { type: 'mouse', button: 'middle', x: 499, y: 299 }],
    ['\u001b[<64;5;5M', { type: 'mouse', button: 'wheel-up', x: 4, y: 4 }],
    ['\u001b[<65;5;5M', { type: 'mouse', button: 'wheel-down', x: 4, y: 4 }],
    ['\u001b[<0;1;1m', undefined],
    ['\u001b[<35;9;9M', undefined],
    ['\u001b[<32;9;9M', undefined],
  ])('%j is %j', (bytes, expected) => {
    keyboard.feed(bytes);
    expect(events).toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('chunks', () => {
  const PIECES = [
    'j',
    'G',
    ' ',
    '\r',
    '\t',
    '\u0004',
    '\u001b[A',
    '\u001b[6~',
    '\u001bOH',
    '\u001b[1;5C',
    '\u001b[<64;5;5M',
    '\u001b[<0;12;7M',
    '\u001b[200~pasted 漢字\u001b[201~',
    '漢',
    'é',
    '🇯🇵',
  ];

  test('any split of the same bytes gives the same events', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const bytes = Buffer.from(random.text(PIECES, 12));
      events = [];
      createKeyboard((event) => events.push(event)).feed(bytes);
      const whole = events;
      events = [];
      const split = createKeyboard((event) => events.push(event));
      for (let from = 0; from < bytes.length; ) {
        const to = from + 1 + random.below(4);
        split.feed(bytes.subarray(from, to));
        from = to;
      }
      // Two halves of one grapheme cannot be known to belong together when they come apart.
      const typed = (list: InputEvent[]): string =>
        list
          .map((event) => (event.type === 'key' ? event.text || `<${event.key}>` : JSON.stringify(event)))
          .join('');
      expect(typed(events), `seed ${seed}`).toBe(typed(whole));
    }
  });
});
