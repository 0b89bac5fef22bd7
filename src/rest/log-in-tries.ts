/**
 * A limit on log-ins that fail, by address: ten within a minute, then none is looked at until the minute is over, also
 * none that is right, or guessing could go on. Behind a proxy all clients have its address: let it limit them as well.
 */

/** As many addresses are remembered; of more the oldest are forgotten, so that nobody can fill the memory with them. */
const mostAddresses = 10_000;
const mostFailures = 10;
const windowMs = 60_000;

export interface LogInTries {
  /** Seconds until this address may try again; 0: it may now. */
  secondsToWait(address: string): number;
  /** A log-in from there has failed. */
  failed(address: string): void;
}

export function createLogInTries({ now = () => performance.now() } = {}): LogInTries {
  /** In the order in which the windows began. */
  const failures = new Map<string, { readonly ends: number; readonly count: number }>();

  function recent(address: string) {
    const known = failures.get(address);
    if (known === undefined || known.ends > now()) return known;
    failures.delete(address);
    return undefined;
  }

  return {
    secondsToWait(address) {
      const known = recent(address);
      return known === undefined || known.count < mostFailures ? 0 : Math.ceil((known.ends - now()) / 1000);
    },
    failed(address) {
      const { ends, count } = recent(address) ?? { ends: now() + windowMs, count: 0 };
      failures.set(address, { ends, count: count + 1 });
      const [oldest] = failures.keys();
      if (failures.size > mostAddresses && oldest !== undefined) failures.delete(oldest);
    },
  };
}
