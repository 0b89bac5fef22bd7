import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProject } from '../../../src/runtime/config/project.ts';
import { project } from './fixtures.ts';

test('the project is the nearest folder with a package.json or .git, and no .env above it is read', async () => {
  const folder = await project({
    '.env': 'A=above',
    'one/package.json': '{}',
    'one/a/x': '',
    'two/.git/HEAD': '',
    'two/.env': 'A=two',
  });
  const one = findProject(join(folder, 'one/a/caves.yaml'), {}, '/');
  expect(one).toEqual({ root: join(folder, 'one'), envFile: undefined, env: {} });
  const two = findProject(join(folder, 'two/caves.yaml'), { B: 'real' }, '/');
  expect(two).toMatchObject({
    root: join(folder, 'two'),
    envFile: join(folder, 'two/.env'),
    env: { A: 'two', B: 'real' },
  });
});

test('the nearest .env counts', async () => {
  const folder = await project({ 'package.json': '{}', '.env': 'A=far', 'configs/.env': 'A=near' });
  expect(findProject(join(folder, 'configs/caves.yaml'), {}, '/').env['A']).toBe('near');
});

test('a file of an installed package belongs to the project of the working directory', async () => {
  const folder = await project({ 'package.json': '{}', '.env': 'A=mine', 'node_modules/pkg/package.json': '{}' });
  const found = findProject(join(folder, 'node_modules/pkg/configs/wine.yaml'), {}, folder);
  expect(found).toMatchObject({ root: folder, env: { A: 'mine' } });
});
