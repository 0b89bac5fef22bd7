/**
 * Compares what was to come with what came, and names each event that is lost, doubled, in the wrong order, or was
 * never sent at all. Knows nothing of Kafka or tables: they are lists of texts here.
 */

export interface Expected {
  /** How a finding names it: `event 17`. */
  readonly name: string;
  /** What identifies it. Several events may have the same text; then they are taken in order. */
  readonly text: string;
  /** Where several send at once, each has an order of its own. */
  readonly series?: string;
}

export interface Place {
  readonly name: string;
  /** Whether what comes must be in the order of what is expected. */
  readonly ordered: boolean;
  /** Where only what comes in the same lane, such as a partition, has an order: the lane of what came as number `at`. */
  readonly laneOf?: (at: number) => string;
}

/** A line for each finding; none when all is well. */
export function compare(place: Place, expected: readonly Expected[], came: readonly string[]): readonly string[] {
  const waiting = new Map<string, number[]>();
  expected.forEach(({ text }, index) => {
    const indices = waiting.get(text);
    if (indices === undefined) waiting.set(text, [index]);
    else indices.push(index);
  });
  const nameOf = (index: number | undefined) => (index === undefined ? '' : expected[index]?.name);
  const lastOf = new Map<string, number>();
  const findings: string[] = [];
  const latestOf = new Map<string, number>();
  came.forEach((text, at) => {
    const index = waiting.get(text)?.shift();
    if (index === undefined) {
      const known = lastOf.get(text);
      findings.push(
        known === undefined
          ? `${place.name}: what came as number ${at} was never sent: ${text.slice(0, 200)}`
          : `${place.name}: ${nameOf(known)} is doubled, again as number ${at}`,
      );
      return;
    }
    lastOf.set(text, index);
    const lane = `${place.laneOf?.(at) ?? ''} ${expected[index]?.series ?? ''}`;
    const latest = latestOf.get(lane) ?? -1;
    if (place.ordered && index < latest) {
      findings.push(`${place.name}: ${nameOf(index)} came after ${nameOf(latest)}`);
    }
    latestOf.set(lane, Math.max(latest, index));
  });
  const lost = [...waiting.values()].flat().sort((a, b) => a - b);
  return [...findings, ...lost.map((index) => `${place.name}: ${nameOf(index)} is lost`)];
}
