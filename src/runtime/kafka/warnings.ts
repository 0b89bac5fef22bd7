/**
 * Keeps known, harmless warnings off the terminal: kafkajs 2.2.4 sets timers with negative delays, which Node 24 reports
 * on every connection (tulios/kafkajs#1751), and Node calls the taking out of types experimental, by which a checkout
 * serves its live page. All others are printed as Node prints them. Each thread has warnings of its own.
 */
const isKnown = ({ name, message }: Error): boolean =>
  name === 'TimeoutNegativeWarning' || (name === 'ExperimentalWarning' && message.startsWith('stripTypeScriptTypes '));
let filtered = false;

/** Replaces Node's own printing of warnings in this thread by itself without the known ones. Again does nothing. */
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
