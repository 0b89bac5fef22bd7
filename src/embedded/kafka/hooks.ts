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

/** The hooks of a broker. */
export interface Hooks {
  /** Does the work, then answers so much later. */
  delay(target: HookTarget & { readonly ms: number }): Hook;
  /** Answers the error and does no work. */
  fail(target: HookTarget & { readonly error: ErrorName }): Hook;
  /** Cuts the connection before the work, or after it and before the answer. */
  cut(target: HookTarget & { readonly when: 'before' | 'after' }): Hook;
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

  clear(): void {
    this.#traps = [];
  }

  /** The fault for a request, which counts as caught. */
  catch(api: string, request: unknown): Fault | undefined {
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

/** Whether a decoded request names the topic anywhere. */
function mentions(part: unknown, topic: string): boolean {
  if (part === topic) return true;
  if (typeof part !== 'object' || part === null || Buffer.isBuffer(part)) return false;
  return Object.values(part).some((inner) => mentions(inner, topic));
}
