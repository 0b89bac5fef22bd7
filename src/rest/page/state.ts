/** What the page knows and shows, in one place; a change of it draws the page anew, once a frame. */
import type { Overview, OverviewHistory } from '../../runtime/overview/model.ts';
import type { Connection } from './live.ts';

export type Place =
  | { readonly page: 'overview' }
  | { readonly page: 'connector'; readonly name: string }
  | { readonly page: 'topic'; readonly name: string };

export interface State {
  readonly place: Place;
  readonly connection: Connection;
  readonly overview: Overview | undefined;
  readonly history: OverviewHistory | undefined;
  /** What was said last of an action: it is read out, and goes when the next one begins. */
  readonly notice: { readonly text: string; readonly isError: boolean } | undefined;
}

export interface Store {
  readonly state: State;
  set(change: Partial<State>): void;
  /** Draws again: something outside of the state has changed. */
  redraw(): void;
}

export function createStore(draw: (state: State) => void): Store {
  let state: State = {
    place: placeOf(location.hash),
    connection: 'connecting',
    overview: undefined,
    history: undefined,
    notice: undefined,
  };
  let due = false;
  const redraw = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw(state);
    });
  };
  return {
    get state() {
      return state;
    },
    set(change) {
      state = { ...state, ...change };
      redraw();
    },
    redraw,
  };
}

/** Where an address within the page leads to; an unknown one to the overview. */
export function placeOf(hash: string): Place {
  const [, page, name] = /^#\/(connectors|topics)\/([^/]+)$/.exec(hash) ?? [];
  if (name === undefined) return { page: 'overview' };
  return { page: page === 'topics' ? 'topic' : 'connector', name: decodeURIComponent(name) };
}

export const connectorLink = (name: string): string => `#/connectors/${encodeURIComponent(name)}`;
export const topicLink = (name: string): string => `#/topics/${encodeURIComponent(name)}`;
