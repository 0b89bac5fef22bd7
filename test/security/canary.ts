/** Secrets that are planted to be looked for: each is told apart from everything else, and found in whatever dress. */
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a canary is called, and its text. */
export type Canaries = Readonly<Record<string, string>>;

/** A secret as bad for JSON, URLs and shells as they come. */
export const canary = (name: string): string => `Pinard "${name}"/${crypto.randomUUID()}+&é%'\\`;

/** What was looked through, by what a person calls it. */
export type Places = Readonly<Record<string, string | Buffer>>;

/** Every canary that can be seen, as `password in /status (base64)`. */
export function sightings(canaries: Canaries, places: Places): readonly string[] {
  return Object.entries(places).flatMap(([place, content]) => {
    const bytes = Buffer.from(content as string);
    return Object.entries(canaries).flatMap(([name, text]) =>
      Object.entries(dressesOf(text))
        .filter(([, dressed]) => bytes.includes(dressed))
        .map(([dress]) => `${name} in ${place} (${dress})`),
    );
  });
}

/** Written apart from the code under test: its base64 is that of the secret between other letters. */
function dressesOf(text: string): Readonly<Record<string, string>> {
  const within = (before: string, from: number) =>
    Buffer.from(`${before}${text}`).toString('base64').replaceAll('=', '').slice(from, -1);
  return {
    plain: text,
    JSON: JSON.stringify(text).slice(1, -1),
    'JSON in JSON': JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
    URL: encodeURIComponent(text),
    base64: within('', 0),
    'base64, one letter on': within('x', 2),
    'base64, two letters on': within('xx', 3),
    'base64 of a URL': within('', 0).replaceAll('+', '-').replaceAll('/', '_'),
    hex: Buffer.from(text).toString('hex'),
  };
}

/** Every file below a folder, by its path in it. */
export function filesBelow(folder: string): Readonly<Record<string, Buffer>> {
  const entries: readonly Dirent[] = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length + 1), readFileSync(file)]));
}
