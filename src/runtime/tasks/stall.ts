/**
 * Whether a task stands still although there is work for it: a state machine that is shown now and then how far each
 * lane of the task is (a partition of a sink, the transactions of a source) and says `Stall` for what has not moved for
 * too long. It knows no timer, no Kafka and no log; stall-watch.ts shows it a task.
 *
 * What stands still: records were read and nothing at all gets settled; or the end of a partition moves on and nothing
 * of it is delivered, though the task has room for it; or the plugin's `open` does not come back. What does not: a task
 * without work, a source that waits in `read`, a partition that waits for its turn behind others, a log whose tail holds
 * nothing to read.
 *
 * A stall that lasts longer is overdue: the task is to be started again. A try that failed and will be made again is a
 * sign of life: it puts that off, since starting anew would mend nothing and use up restarts during an outage.
 */

/** How far something is that a task works through in order. */
export interface Lane {
  readonly name: string;
  /** Everything before it is done. */
  readonly settled: bigint;
  /** Everything before it was read. */
  readonly delivered: bigint;
  /** Everything before it is there to be read. */
  readonly end: bigint;
}

/** One look at a task. */
export interface Look {
  /**
   * Undefined while `open` of its plugins is under way. Between two assignments still those of the first: whoever comes
   * back to where it was has not moved.
   */
  readonly lanes: readonly Lane[] | undefined;
  /** Whether nothing waits for being worked on: then what is there to be read should come. */
  readonly hungry: boolean;
  /** What the last try failed with, if one has failed since the last look. */
  readonly trouble?: string | undefined;
}

export interface Stall {
  readonly cause: 'opening' | 'unsettled' | 'undelivered';
  /** The one that has stood longest; undefined for `opening`. */
  readonly lane: Lane | undefined;
  readonly stoodMs: number;
  /** What the last try failed with while it stood. */
  readonly trouble: string | undefined;
  /** It has stood for the whole time-out, without a sign of life. */
  readonly overdue: boolean;
}

export interface StallRules {
  /** Overdue after so long, in ms; 0 never. */
  readonly timeoutMs: number;
  /** How long records may lie in an open batch, in ms: that is no standing still. */
  readonly lingerMs: number;
}

/** What stands for so long is said, at the latest. */
const noticeMs = 60_000;
/**
 * Looks further apart count as so far apart: while the process was held (SIGSTOP, a laptop that sleeps) nothing could
 * move, and that is nobody's stall.
 */
const mostBetweenLooksMs = 5_000;

interface Standing {
  lane: Lane;
  /** The end when it moved last. */
  readonly endThen: bigint;
  stoodMs: number;
}

/** @returns what is shown a look at a task, at `now` (ms of any steady clock), and answers whether it stands still. */
export function createStallDetector({
  timeoutMs,
  lingerMs,
}: StallRules): (look: Look, now: number) => Stall | undefined {
  const noticedAfterMs = timeoutMs === 0 ? noticeMs : Math.min(noticeMs, timeoutMs / 2);
  const standing = new Map<string, Standing>();
  let lastLook: number | undefined;
  let openingMs = 0;
  /** Since the last failed try. */
  let quietMs = Number.POSITIVE_INFINITY;
  let trouble: string | undefined;

  function advance({ lanes, hungry }: Look, passedMs: number): void {
    if (lanes === undefined) {
      openingMs += passedMs;
      return;
    }
    openingMs = 0;
    const names = new Set(lanes.map(({ name }) => name));
    for (const name of standing.keys()) if (!names.has(name)) standing.delete(name);
    const moved = lanes.some((lane) => hasMoved(standing.get(lane.name), lane));
    for (const lane of lanes) {
      const before = standing.get(lane.name);
      if (before === undefined || hasMoved(before, lane)) {
        standing.set(lane.name, { lane, endThen: lane.end, stoodMs: 0 });
        continue;
      }
      before.lane = lane;
      const isRead = lane.delivered > lane.settled;
      // While other lanes move it only waits for its turn.
      if (isRead ? moved : lane.end <= lane.settled) before.stoodMs = 0;
      else if (isRead || (hungry && lane.end > before.endThen)) before.stoodMs += passedMs;
    }
  }

  /** The lane that has stood longest, without the time that records may lie in a batch. */
  function worst(): Pick<Stall, 'cause' | 'lane' | 'stoodMs'> {
    let found: Standing | undefined;
    for (const one of standing.values()) if (one.stoodMs > (found?.stoodMs ?? 0)) found = one;
    if (openingMs > 0 || found === undefined) return { cause: 'opening', lane: undefined, stoodMs: openingMs };
    const { lane, stoodMs } = found;
    return { cause: lane.delivered > lane.settled ? 'unsettled' : 'undelivered', lane, stoodMs };
  }

  return (look, now) => {
    const passedMs = Math.min(Math.max(now - (lastLook ?? now), 0), mostBetweenLooksMs);
    lastLook = now;
    quietMs += passedMs;
    if (look.trouble !== undefined) {
      quietMs = 0;
      trouble = look.trouble;
    }
    advance(look, passedMs);
    const { cause, lane, stoodMs } = worst();
    const allowedMs = cause === 'opening' ? 0 : lingerMs;
    if (stoodMs === 0) trouble = undefined;
    if (stoodMs < noticedAfterMs + allowedMs) return undefined;
    const overdue = timeoutMs > 0 && Math.min(stoodMs - allowedMs, quietMs) >= timeoutMs;
    return { cause, lane, stoodMs, trouble, overdue };
  };
}

/** A settled mark that goes back (offsets were reset) has moved as well. */
const hasMoved = (before: Standing | undefined, { settled }: Lane) =>
  before !== undefined && before.lane.settled !== settled;
