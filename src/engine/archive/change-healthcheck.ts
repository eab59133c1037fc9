/** How a container tells that it is well. Source: Dockerfile reference, HEALTHCHECK. */
import { badChange as bad } from './change-fault.ts';
import { jsonWords } from './change-words.ts';

/** Durations are in nanoseconds. Source: Docker image specification 1.2, "Healthcheck". */
export interface Healthcheck {
  Test: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

const DURATION_FLAGS: Readonly<Record<string, 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

/** What stands behind HEALTHCHECK. Errors: `bad-input`. */
export function healthcheckOf(text: string): Healthcheck {
  const check: Healthcheck = { Test: [] };
  let rest = text;
  for (let flag = FLAG.exec(rest); flag !== null; flag = FLAG.exec(rest)) {
    const [whole, name = '', value = ''] = flag;
    const field = DURATION_FLAGS[name];
    if (field !== undefined) check[field] = nanoseconds(value, name);
    else if (name === 'retries' && /^\d+$/.test(value)) check.Retries = Number(value);
    else throw bad(`--${name}=${value} is no option of HEALTHCHECK`);
    rest = rest.slice(whole.length);
  }
  if (/^none$/i.test(rest)) {
    if (rest !== text) throw bad('HEALTHCHECK NONE takes no options');
    return { Test: ['NONE'] };
  }
  const command = /^cmd\s+([\s\S]+)$/i.exec(rest)?.[1];
  if (command === undefined) throw bad('HEALTHCHECK is followed by CMD and a command, or by NONE');
  const exec = jsonWords(command);
  check.Test = exec === undefined ? ['CMD-SHELL', command] : ['CMD', ...exec];
  return check;
}

const FLAG = /^--([a-z-]+)=(\S*)\s+/;
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A Go duration: `1m30s`, `1.5h`. */
function nanoseconds(text: string, option: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw bad(`--${option}=${text} is no duration: write 30s or 1m30s`);
  }
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * UNITS[unit!]!;
  }
  return Math.round(sum);
}
