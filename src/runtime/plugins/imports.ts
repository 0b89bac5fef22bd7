/**
 * How plugin files import: `caves-connect/sdk` and `caves-connect/testing` are this running copy, wherever the file
 * lies and whether or not its project has installed the package. To be called in each thread before it loads a plugin that
 * is not built in; calling it again does nothing. Not without need: from then on every import of the thread takes longer.
 *
 * It also lets a package be imported as if from a given folder (`packageUrl`), with Node's own rules for `exports`.
 */
import { type ResolveFnOutput, registerHooks } from 'node:module';
import { extname } from 'node:path';

/** `.ts` in a checkout, `.js` in the published package. */
const extension = extname(import.meta.url);
const own: ReadonlyMap<string, string> = new Map(
  ['sdk', 'testing'].map((part) => [
    `caves-connect/${part}`,
    new URL(`../../${part}/index${extension}`, import.meta.url).href,
  ]),
);

const scheme = 'caves-connect-package:';
let registered = false;

/** Installs the mapping in this thread. */
export function registerPluginImports(): void {
  if (registered) return;
  registered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const mapped = own.get(specifier);
      if (mapped !== undefined) return nextResolve(mapped, context);
      if (!specifier.startsWith(scheme)) return asModule(nextResolve(specifier, context));
      const { pathname, searchParams } = new URL(specifier);
      return nextResolve(decodeURIComponent(pathname), {
        ...context,
        parentURL: searchParams.get('from') ?? undefined,
      });
    },
  });
}

/**
 * A `.ts` file whose project does not say `"type": "module"` is a module all the same: without this Node would try it as
 * CommonJS first, and warn.
 */
function asModule(resolved: ResolveFnOutput): ResolveFnOutput {
  const isUndecided = (resolved.format ?? null) === null && resolved.url.endsWith('.ts');
  return isUndecided ? { ...resolved, format: 'module-typescript' } : resolved;
}

/** What to import for the package `name` as the file at `parentUrl` would see it. */
export function packageUrl(name: string, parentUrl: string): string {
  return `${scheme}${encodeURIComponent(name)}?from=${encodeURIComponent(parentUrl)}`;
}
