/**
 * Makes the faults of a plan happen: counts how often each step is passed, and at the right one does what is planned.
 * Requests of the dead are cut, those of the harness are left alone.
 */
import {
  errorCodes,
  type Fault as KafkaFault,
  type SeenRequest as KafkaRequest,
} from '../../../src/embedded/kafka/index.ts';
import type { Effect, SeenRequest as WarehouseRequest } from '../../../src/embedded/snowflake/index.ts';
import { type FaultKind, nameOf, type Step } from './catalogue.ts';
import type { Ground } from './ground.ts';
import type { PlannedFault } from './plan.ts';
import { type Names, stepOfKafka, stepOfStatement, stepsOfWarehouse } from './steps.ts';

/** Longer than kafkajs waits for an answer (30 s), and than the driver of Snowflake does (90 s). */
const slowKafkaMs = 40_000;
const slowWarehouseMs = 100_000;

/** Time enough for a member to join. */
const joiningMs = 3_000;

/** What faults do beside answering a request in one way or another. */
export interface Victims {
  isHarness(request: { readonly clientId?: string; readonly clientPort?: number }): boolean;
  /** The living worker that a request comes from. */
  workerOf(request: { readonly clientId?: string; readonly clientPort?: number }): string | undefined;
  kill(worker: string, backAfterMs: number): void;
  /** A second member of the sink's group for so long. */
  addMember(forMs: number, leaves: 'stop' | 'kill'): void;
  addPartitions(): void;
  recreateTopic(): void;
  /** Calls when something could not be written meanwhile. */
  fillDisk(ms: number, onRefused: () => void): void;
  jumpClock(ms: number): void;
  /** Another session changes the positions and takes so long to make up its mind. */
  lockTable(ms: number): void;
}

export interface Injection extends Disposable {
  /** The names of the faults that have happened. */
  readonly fired: readonly string[];
}

interface Pending {
  readonly fault: PlannedFault;
  passed: number;
}

export function injectFaults(
  faults: readonly PlannedFault[],
  names: Names,
  ground: Ground,
  victims: Victims,
): Injection {
  const pending = new Set(faults.map((fault): Pending => ({ fault, passed: 0 })));
  const fired: string[] = [];
  /** What is to be done when the work of a request is done. */
  const afterwards = new Map<unknown, () => void>();

  /** The faults whose turn it is now that one of these steps is passed. */
  function due(steps: readonly Step[], wanted: (kind: FaultKind) => boolean): readonly PlannedFault[] {
    return [...pending].flatMap((one) => {
      const { fault } = one;
      if (!steps.includes(fault.kind.step) || !wanted(fault.kind) || ++one.passed < fault.nth) return [];
      pending.delete(one);
      // Of a disk it shows later.
      if (fault.kind.does !== 'disk full') fired.push(nameOf(fault.kind));
      return [fault];
    });
  }

  /** Does what a fault does beside what happens to the request. */
  function strike({ kind, lastsMs, draw }: PlannedFault, worker: string, request: unknown): void {
    switch (kind.does) {
      case 'kill':
        if (kind.moment === 'before') victims.kill(worker, lastsMs);
        else afterwards.set(request, () => victims.kill(worker, lastsMs));
        break;
      case 'rebalance':
        victims.addMember(Math.max(lastsMs, joiningMs), kind.leaves);
        break;
      case 'clock ahead':
        victims.jumpClock(Math.ceil(draw * 26 * 3_600_000));
        break;
      case 'clock back':
        victims.jumpClock(-Math.ceil(draw * 2 * 3_600_000));
        break;
      case 'disk full':
        victims.fillDisk(lastsMs, () => fired.push(nameOf(kind)));
        break;
      case 'partitions added':
        victims.addPartitions();
        break;
      case 'topic recreated':
        victims.recreateTopic();
        break;
      case 'lock time-out':
        ground.warehouse.hooks.failStatement(/^UPDATE /, 'lockTimeout', { times: 1 + Math.floor(draw * 3) });
        break;
      case 'roll-back':
        ground.warehouse.hooks.loseTransaction(kind.step === 'insert' ? /^INSERT INTO/ : /^COMMIT$/);
        break;
      case 'locked table':
        victims.lockTable(5 * lastsMs);
    }
  }

  const ofKafka = (request: KafkaRequest): KafkaFault | undefined => {
    if (victims.isHarness(request)) return undefined;
    const worker = victims.workerOf(request);
    if (worker === undefined) return { kind: 'cut', when: 'before' };
    const step = stepOfKafka(request, names);
    if (step === undefined) return undefined;
    if (step === 'fetch') {
      for (const fault of due(['validate'], () => true)) {
        afterwards.set(request.body, () => killSoon(fault, worker));
      }
    }
    let answer: KafkaFault | undefined;
    for (const fault of due([step], () => true)) {
      strike(fault, worker, request.body);
      answer = kafkaFault(fault.kind) ?? answer;
    }
    return answer;
  };

  /** While the worker works on what it has fetched: at once, or some turns of the loop later. */
  function killSoon({ kind, lastsMs, draw }: PlannedFault, worker: string): void {
    let turns = kind.does === 'kill' && kind.moment === 'before' ? 0 : 1 + Math.floor(draw * 6);
    const turn = () => {
      if (turns-- === 0) victims.kill(worker, lastsMs);
      else setImmediate(turn);
    };
    turn();
  }

  const ofWarehouse = (request: WarehouseRequest): Effect | undefined => {
    const { sqlText } = request;
    if (victims.isHarness(request)) return undefined;
    const worker = victims.workerOf(request);
    if (worker === undefined) return { effect: 'cut-before' };
    const steps = stepsOfWarehouse(request);
    const together = steps.length > 1;
    if (together) running.set(sqlText, worker);
    let effect: Effect | undefined;
    // Within a request of several statements its end is that of COMMIT, its beginning that of UPDATE.
    const here = ({ does, step, ...kind }: FaultKind): boolean =>
      !together ||
      does !== 'kill' ||
      (step === 'update' && 'moment' in kind && kind.moment === 'before') ||
      (step === 'commit' && 'moment' in kind && kind.moment === 'after');
    for (const fault of due(steps, here)) {
      strike(fault, worker, sqlText);
      effect = warehouseEffect(fault.kind) ?? effect;
    }
    return effect;
  };

  /** Requests of several statements under way, and whose they are. */
  const running = new Map<string, string>();

  /** Between the statements of one request: its worker is killed, the request goes on. */
  function ofStatement(text: string): void {
    const step = stepOfStatement(text);
    const [request, worker] = [...running].find(([sqlText]) => sqlText.includes(text)) ?? [];
    if (step === undefined || step === 'update' || request === undefined || worker === undefined) return;
    const former: Step = step === 'insert' ? 'update' : 'insert';
    const begins = due([step], (kind) => kind.does === 'kill' && kind.moment === 'before');
    const ended = due([former], (kind) => kind.does === 'kill' && kind.moment === 'after');
    for (const { lastsMs } of [...begins, ...ended]) victims.kill(worker, lastsMs);
  }

  const unwatch = [
    ground.broker.hooks.watch({
      arrived: ofKafka,
      done({ body }) {
        afterwards.get(body)?.();
        afterwards.delete(body);
      },
    }),
    ground.warehouse.hooks.watch({
      arrived: ofWarehouse,
      done({ sqlText }) {
        running.delete(sqlText);
        afterwards.get(sqlText)?.();
        afterwards.delete(sqlText);
      },
      statement: ofStatement,
    }),
  ];
  return {
    fired,
    [Symbol.dispose]() {
      for (const end of unwatch) end();
    },
  };
}

/** What happens to the request itself. */
function kafkaFault(kind: FaultKind): KafkaFault | undefined {
  switch (kind.does) {
    case 'kill':
    case 'cut':
      return { kind: 'cut', when: kind.moment };
    case 'slow':
      return { kind: 'delay', ms: slowKafkaMs };
    case 'refuse':
      return { kind: 'fail', errorCode: errorCodes[kind.error] };
    default:
      return undefined;
  }
}

function warehouseEffect(kind: FaultKind): Effect | undefined {
  switch (kind.does) {
    case 'kill':
    case 'cut':
      return { effect: kind.moment === 'before' ? 'cut-before' : 'cut-after' };
    case 'slow':
      return { effect: 'delay', delayMs: slowWarehouseMs };
    case 'status':
      return { effect: 'status', status: kind.status };
    case 'expired session':
      return { effect: 'expire' };
    case 'lost session':
    case 'lost transaction':
      return { effect: 'lose' };
    default:
      return undefined;
  }
}
