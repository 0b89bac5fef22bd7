import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They end what hangs and measure nothing: a busy machine with one core must not reach them.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Tests run real servers, and many more files at once than cores would make their time-outs lie; but those that take
    // something away for a while, or hold it, mostly wait.
    maxWorkers: 3,
  },
});
