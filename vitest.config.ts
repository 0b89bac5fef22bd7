import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Tests run real servers: more files at once than cores makes their time-outs lie.
    maxWorkers: 2,
  },
});
