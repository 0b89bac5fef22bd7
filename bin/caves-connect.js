#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * Starts the command line on a Node that can run it. Plain JavaScript without imports, so that an older Node gets as
 * far as the line that says what to do. A checkout brings its own Node 24 (`npm ci` installs it): npx and npm scripts
 * find it by themselves, `node bin/caves-connect.js` goes on in it here.
 *
 * The flag bounds the young generation of the heap: at full speed it would grow to 130 MB of garbage, for 4 % less CPU.
 */
const wanted = 24;

if (Number.parseInt(process.versions.node, 10) >= wanted) {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { main } = await import('caves-connect/cli');
  await main(process.argv.slice(2));
} else {
  const own = await nodeOfTheCheckout();
  if (own) {
    await continueIn(own);
  } else {
    console.error(
      `caves-connect needs Node.js ${wanted} or newer, this is ${process.versions.node}: install it from https://nodejs.org (or, in a checkout, run npm ci: it brings its own).`,
    );
    process.exitCode = 1;
  }
}

/** The path of the Node that `npm ci` put beside us, if it did. */
async function nodeOfTheCheckout() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = fileURLToPath(new URL(`../node_modules/node-${platform}-${process.arch}/bin/${file}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}

/**
 * Runs the same command line in another Node and ends as it ends. A terminal sends SIGINT to both processes, so this
 * one only waits; SIGTERM comes to this one alone and is passed on.
 */
async function continueIn(node) {
  const { spawn } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const child = spawn(node, ['--max-semi-space-size=8', fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exit(code === null ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code);
  });
}
