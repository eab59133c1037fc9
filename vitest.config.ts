import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Tests start many processes from sources: each would compile them anew.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules', '.cache', 'nacre-tests');

// Engines and docker's command line spend half of their processor time on collecting garbage of small heaps.
process.env['GOGC'] ??= '800';
process.env['GOMEMLIMIT'] ??= '600MiB';

// Where to leave the result for a machine, besides what is printed.
const report = process.env['NACRE_TEST_REPORT'];

/** Files that take minutes, most of it waiting for engines: begun last, they would be waited for alone. */
const LONG = /contract-|-live|each-kind|-kill|moving\.test|screens\.test/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/patience.ts'],
    reporters:
      report === undefined
        ? ['default', './test/support/skip-reporter.ts']
        : ['default', './test/support/skip-reporter.ts', ['json', { outputFile: report }]],
    // Engines are bound to the process that started them: a process a file, and its engines end with it.
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Most of a test's time is waiting for an engine, so there are more of them than cores of a small machine.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
  },
});
