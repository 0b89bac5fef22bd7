/**
 * Keeps one known, harmless warning off the terminal: Node calls the taking out of types experimental, by which a
 * checkout serves its live page. All others are printed as Node prints them.
 */
const isKnown = ({ name, message }: Error): boolean =>
  name === 'ExperimentalWarning' && message.startsWith('stripTypeScriptTypes ');
let filtered = false;

/** Replaces Node's own printing of warnings by itself without the known one. Again does nothing. */
export function filterWarnings(): void {
  if (filtered) return;
  filtered = true;
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (isKnown(warning)) return;
    for (const print of printers) print(warning);
  });
}
