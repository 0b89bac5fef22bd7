/**
 * What a test can make the warehouse do wrong, to see a client survive it. Each fault counts down and is gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Transaction } from './engine/transaction.ts';
import { SNOWFLAKE_ERRORS, SnowflakeError, type SnowflakeErrorName } from './errors.ts';

export type RequestKind = 'login' | 'query' | 'result' | 'heartbeat' | 'renew' | 'close' | 'cancel';

export interface Fault {
  readonly kind: RequestKind;
  readonly times: number;
  /**
   * `status`: answer with this HTTP status instead of doing the work. `cut-before`, `cut-after`: break the connection
   * before or after the work is done. `expire`: the session has expired (390112, the driver renews it). `lose`: the
   * session is gone with its transaction (390111). `delay`: wait first.
   */
  readonly effect: 'status' | 'cut-before' | 'cut-after' | 'expire' | 'lose' | 'delay';
  readonly status?: number;
  readonly delayMs?: number;
  /** Only requests whose SQL text matches. */
  readonly matching?: RegExp;
}

/** What is done to one request, as in {@link Fault}. */
export type Effect = Pick<Fault, 'effect' | 'status' | 'delayMs'>;

/** A request as a watcher sees it. */
export interface SeenRequest {
  readonly kind: RequestKind;
  readonly sqlText: string;
  /** The port at the client's end of the connection, which tells one client from another. */
  readonly clientPort: number;
}

/** Sees every request, and decides what happens to it: for tests that choose by more than a {@link Fault} says. */
export interface Watcher {
  /** Called before the work: what it answers happens to the request. */
  arrived?(request: SeenRequest): Effect | undefined;
  /** Called after the work, also where it failed, before the answer goes out. Not called where no work was done. */
  done?(request: SeenRequest): void;
  /** Called before each statement, also of those that come several in one request. */
  statement?(text: string): void;
}

export interface Hooks {
  /** Shows it every request from now on; faults that are injected come first. Answers how to end that. */
  watch(watcher: Watcher): () => void;
  /** Adds a fault; several of the same kind of request take effect one after the other. */
  inject(fault: Fault): void;
  /** The next `times` statements that match fail with a Snowflake error, without being run. */
  failStatement(
    matching: RegExp,
    error: SnowflakeErrorName,
    options?: { readonly message?: string; readonly times?: number },
  ): void;
  /** Rolls the open transaction of a session back, as the service itself does, before the next statement that matches. */
  loseTransaction(matching: RegExp, times?: number): void;
  /** Statements that match wait so long first. */
  slowStatement(matching: RegExp, milliseconds: number, times?: number): void;
  /** Takes all faults back. */
  clear(): void;
  /** Text of the statements that were run, in order, the newest 10,000; of a long one its first 10,000 characters. */
  readonly statements: readonly string[];
  /** How many requests of each kind came in. */
  readonly requests: Readonly<Record<RequestKind, number>>;
}

interface StatementFault {
  readonly matching: RegExp;
  readonly apply: (signal: AbortSignal, transaction: Pick<Transaction, 'abort'>) => Promise<void>;
  left: number;
}

export interface HookPoints {
  readonly hooks: Hooks;
  /** What is to be done to this request: by the list, which it is taken from, or by a watcher. */
  take(kind: RequestKind, sqlText?: string, clientPort?: number): Effect | undefined;
  /** Tells that the work of a request is done. */
  done(request: SeenRequest): void;
  /** Does to a statement, or to the transaction around it, what a test wants; the signal ends a wait. */
  beforeStatement(text: string, signal: AbortSignal, transaction: Pick<Transaction, 'abort'>): Promise<void>;
}

const STATEMENTS_KEPT = 10_000;
const STATEMENT_KEPT = 10_000;

export function createHooks(): HookPoints {
  let faults: { readonly fault: Fault; left: number }[] = [];
  let statementFaults: StatementFault[] = [];
  let watchers: readonly Watcher[] = [];
  const statements: string[] = [];
  const requests: Record<RequestKind, number> = {
    login: 0,
    query: 0,
    result: 0,
    heartbeat: 0,
    renew: 0,
    close: 0,
    cancel: 0,
  };

  const hooks: Hooks = {
    statements,
    requests,
    watch(watcher) {
      watchers = [...watchers, watcher];
      return () => {
        watchers = watchers.filter((one) => one !== watcher);
      };
    },
    inject: (fault) => void faults.push({ fault, left: fault.times }),
    failStatement(matching, error, { message = `${SNOWFLAKE_ERRORS[error].code} injected by a test`, times = 1 } = {}) {
      const apply = async (): Promise<void> => {
        throw new SnowflakeError(error, message);
      };
      statementFaults.push({ matching, apply, left: times });
    },
    slowStatement(matching, milliseconds, times = 1) {
      const apply = async (signal: AbortSignal): Promise<void> => {
        await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
      };
      statementFaults.push({ matching, apply, left: times });
    },
    loseTransaction(matching, times = 1) {
      const apply: StatementFault['apply'] = (_signal, transaction) => transaction.abort('a test wanted it lost');
      statementFaults.push({ matching, apply, left: times });
    },
    clear() {
      faults = [];
      statementFaults = [];
      watchers = [];
    },
  };

  return {
    hooks,
    take(kind, sqlText = '', clientPort = 0) {
      requests[kind]++;
      const next = faults.find(
        ({ fault, left }) => left > 0 && fault.kind === kind && (fault.matching?.test(sqlText) ?? true),
      );
      if (next) {
        next.left--;
        faults = faults.filter(({ left }) => left > 0);
        return next.fault;
      }
      for (const watcher of watchers) {
        const effect = watcher.arrived?.({ kind, sqlText, clientPort });
        if (effect) return effect;
      }
      return undefined;
    },
    done(request) {
      for (const watcher of watchers) watcher.done?.(request);
    },
    async beforeStatement(text, signal, transaction) {
      statements.push(text.slice(0, STATEMENT_KEPT));
      if (statements.length > STATEMENTS_KEPT) statements.shift();
      for (const watcher of watchers) watcher.statement?.(text);
      const fault = statementFaults.find(({ matching, left }) => left > 0 && matching.test(text));
      if (!fault) return;
      fault.left--;
      statementFaults = statementFaults.filter(({ left }) => left > 0);
      await fault.apply(signal, transaction);
    },
  };
}
