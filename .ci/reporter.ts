/**
 * A vitest reporter for CI: prints every skipped test with its reason, and leaves `N passed, N failed` in the file
 * that `CAVES_TEST_COUNTS` names. A file that cannot be loaded and an error outside of all tests count as failures.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failed++;
        else if (result.state === 'skipped') {
          // Without a note the reason stands in the name.
          const note = result.note === undefined ? '' : `: ${result.note}`;
          console.log(`skipped: ${module.relativeModuleId} > ${test.fullName}${note}`);
        }
      }
    }
    const file = process.env['CAVES_TEST_COUNTS'];
    if (file) writeFileSync(file, `${passed} passed, ${failed} failed\n`);
  }
}
