/** Names at the end of a run every group and test that was skipped, with its reason. */
import type { Reporter, TestModule } from 'vitest/node';
import { ENGINE_NAMES, knownProblems } from './engines.ts';

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const problems = knownProblems();
    for (const name of ENGINE_NAMES) {
      if (problems[name] !== undefined) console.log(`skipped: all of ${name}: ${problems[name]}`);
    }
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = (result.state === 'skipped' && result.note) || 'no reason given';
        const line = reason === 'no reason given' ? `${reason}: ${test.fullName}` : reason;
        counts.set(line, (counts.get(line) ?? 0) + 1);
      }
    }
    for (const [reason, count] of counts)
      console.log(`skipped: ${count} test${count === 1 ? '' : 's'}: ${reason}`);
  }
}
