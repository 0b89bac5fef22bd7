import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Tests run real servers, and many more files at once than cores would make their time-outs lie; but those that take
    // something away for a while, or hold it, mostly wait.
    maxWorkers: 3,
  },
});
