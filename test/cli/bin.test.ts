import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binFile } from '../helpers/cli.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** A Node of this machine that is too old for us, if there is one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  try {
    return Number.parseInt(execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1), 10) < 24;
  } catch {
    return false;
  }
});

describe('started by an older Node', () => {
  test('it goes on in the Node that the checkout brings', ({ skip }) => {
    if (!oldNode) return skip('this machine has no Node older than 24');
    const { status, stdout } = spawnSync(oldNode, [binFile, '--version'], { encoding: 'utf8' });
    expect(stdout).toContain('on Node.js 24.');
    expect(status).toBe(0);
    expect(spawnSync(oldNode, [binFile, 'nonsense']).status).toBe(2);
  });

  test('it says in one line what to do when there is none', ({ skip }) => {
    if (!oldNode) return skip('this machine has no Node older than 24');
    const folder = tempFolder();
    mkdirSync(join(folder, 'bin'));
    cpSync(binFile, join(folder, 'bin/caves-connect.js'));
    symlinkSync(join(binFile, '../../package.json'), join(folder, 'package.json'));
    const { status, stderr } = spawnSync(oldNode, [join(folder, 'bin/caves-connect.js'), 'start'], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^caves-connect needs Node\.js 24 or newer, this is .*https:\/\/nodejs\.org.*\n$/);
  });
});
