/** A logger that keeps its lines as `level: message`. */
import type { Logger } from '../../src/sdk/index.ts';

export function collectLog(): { readonly log: Logger; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}
