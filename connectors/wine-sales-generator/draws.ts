/**
 * Random numbers that are a pure function of (seed, n): the same event draws the same numbers in every run, and events
 * can be made in any order. Good enough to look random in a demo; not for cryptography.
 */

/** Numbers for one event, in order. */
export interface Draws {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** One of `choices`. */
  from<T>(choices: readonly [T, ...T[]]): T;
}

export function drawsFor(seed: number, n: number): Draws {
  // Both halves of n count, so that events beyond 2^32 do not repeat.
  let state = mix(mix(seed | 0) ^ mix(n | 0) ^ mix(~Math.floor(n / 2 ** 32)));
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return (mix(state) >>> 0) / 2 ** 32;
  };
  return {
    fraction,
    between: (low, high) => low + Math.floor(fraction() * (high - low + 1)),
    from: (choices) => choices[Math.floor(fraction() * choices.length)] ?? choices[0],
  };
}

/** Murmur3's finaliser: every bit of the input reaches every bit of the result. */
function mix(bits: number): number {
  let h = bits ^ 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
