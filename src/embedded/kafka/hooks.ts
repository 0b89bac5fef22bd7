/**
 * Faults on demand, for tests of clients: the next answers of a request come late, are refused, or never come because
 * the connection is cut, before the work is done or after.
 */

import { type ErrorName, errorCodes } from './errors.ts';

/** Which requests a hook catches. */
export interface HookTarget {
  /** The request's name in Kafka's protocol, such as `Produce` or `EndTxn`. */
  readonly api: string;
  /** Only requests that name this topic. */
  readonly topic?: string;
  /** How many of them; 1 by default. */
  readonly times?: number;
}

/** A hook that was set. */
export interface Hook {
  /** How many requests it has caught so far. */
  readonly hits: number;
  /** Resolves when it has caught all that it was to catch. */
  readonly done: Promise<void>;
  remove(): void;
}

/** What happens to a caught request. */
export type Fault =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly errorCode: number }
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' };

/** A request as a watcher sees it. */
export interface SeenRequest {
  readonly api: string;
  /** What the client calls itself. */
  readonly clientId: string;
  /** As the request's own codec has read it. */
  readonly body: unknown;
  /** Whether it names this topic, group or id anywhere. */
  names(text: string): boolean;
}

/** Sees every request, and decides what happens to it: for tests that choose by more than a {@link HookTarget} says. */
export interface Watcher {
  /** Called before the work: what it answers happens to the request. */
  arrived?(request: SeenRequest): Fault | undefined;
  /** Called after the work; the answer goes out when it resolves. Not called where no work was done. */
  done?(request: SeenRequest, answer: unknown): Promise<void> | void;
}

/** The hooks of a broker. */
export interface Hooks {
  /** Does the work, then answers so much later. */
  delay(target: HookTarget & { readonly ms: number }): Hook;
  /** Answers the error and does no work. */
  fail(target: HookTarget & { readonly error: ErrorName }): Hook;
  /** Cuts the connection before the work, or after it and before the answer. */
  cut(target: HookTarget & { readonly when: 'before' | 'after' }): Hook;
  /** Shows it every request from now on; the hooks above are asked first. Answers how to end that. */
  watch(watcher: Watcher): () => void;
  /** Removes all hooks. */
  clear(): void;
}

interface Trap extends HookTarget {
  readonly fault: Fault;
  left: number;
  hits: number;
  readonly done: PromiseWithResolvers<void>;
}

/** The traps that hooks have set, in their order. */
export class FaultInjection implements Hooks {
  readonly #apis: readonly string[];
  #traps: Trap[] = [];
  #watchers: readonly Watcher[] = [];

  constructor(apis: readonly string[]) {
    this.#apis = apis;
  }

  delay(target: HookTarget & { readonly ms: number }): Hook {
    return this.#set(target, { kind: 'delay', ms: target.ms });
  }

  fail(target: HookTarget & { readonly error: ErrorName }): Hook {
    return this.#set(target, { kind: 'fail', errorCode: errorCodes[target.error] });
  }

  cut(target: HookTarget & { readonly when: 'before' | 'after' }): Hook {
    return this.#set(target, { kind: 'cut', when: target.when });
  }

  watch(watcher: Watcher): () => void {
    this.#watchers = [...this.#watchers, watcher];
    return () => {
      this.#watchers = this.#watchers.filter((one) => one !== watcher);
    };
  }

  clear(): void {
    this.#traps = [];
    this.#watchers = [];
  }

  /** The fault for a request, which counts as caught. */
  catch(api: string, clientId: string, request: unknown): Fault | undefined {
    const trapped = this.#trap(api, request);
    if (trapped !== undefined || this.#watchers.length === 0) return trapped;
    const seen = seenRequest(api, clientId, request);
    for (const watcher of this.#watchers) {
      const fault = watcher.arrived?.(seen);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Tells that the work of a request is done. */
  async done(api: string, clientId: string, request: unknown, answer: unknown): Promise<void> {
    if (this.#watchers.length === 0) return;
    const seen = seenRequest(api, clientId, request);
    for (const watcher of this.#watchers) await watcher.done?.(seen, answer);
  }

  #trap(api: string, request: unknown): Fault | undefined {
    if (this.#traps.length === 0) return undefined;
    const trap = this.#traps.find((one) => one.api === api && (!one.topic || mentions(request, one.topic)));
    if (trap === undefined) return undefined;
    trap.hits++;
    trap.left--;
    if (trap.left === 0) {
      this.#traps = this.#traps.filter((one) => one !== trap);
      trap.done.resolve();
    }
    return trap.fault;
  }

  #set(target: HookTarget, fault: Fault): Hook {
    if (!this.#apis.includes(target.api)) {
      throw new TypeError(`No request is named ${target.api}. There are: ${this.#apis.join(', ')}`);
    }
    const { api, topic, times = 1 } = target;
    const trap: Trap = {
      api,
      ...(topic === undefined ? {} : { topic }),
      fault,
      left: times,
      hits: 0,
      done: Promise.withResolvers(),
    };
    this.#traps.push(trap);
    return {
      get hits() {
        return trap.hits;
      },
      done: trap.done.promise,
      remove: () => {
        this.#traps = this.#traps.filter((one) => one !== trap);
      },
    };
  }
}

function seenRequest(api: string, clientId: string, body: unknown): SeenRequest {
  return { api, clientId, body, names: (text) => mentions(body, text) };
}

/** Whether a decoded request has the text as a whole value anywhere, such as a topic's name. */
function mentions(part: unknown, text: string): boolean {
  if (part === text) return true;
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return false;
  return Object.values(part).some((inner) => mentions(inner, text));
}
